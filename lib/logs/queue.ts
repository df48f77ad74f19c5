/** Lines that wait, in their order: bounded in number and memory. Who comes when it is full pushes lower levels out. */
import { LEVELS } from '../contract/log-line.ts';
import { type Line, weightOf } from './line.ts';

export type Bounds = { lines: number; bytes: number };

export type Queue = {
  /** Takes a line; gives back the lines that had to go. */
  push(line: Line): readonly Line[];
  /** The oldest lines, as many as these bounds hold and one at least; they count until they are settled. */
  take(most: Bounds): Line[];
  /** What was taken is stored, or stands before all others again; gives back the lines that had to go. */
  settle(taken: readonly Line[], stored: boolean): readonly Line[];
  /** The oldest and the newest that wait. */
  first(): Line | undefined;
  last(): Line | undefined;
  /** Lines that are in memory. */
  waiting(): number;
  /** Whether it is so full that who can wait should. */
  crowded(): boolean;
  /** Resolves when it no longer is, or after a while. */
  room(): Promise<void>;
};

/** After lines had to go there is room for some more, so that not each line looks for one to push out. */
const ROOM = 0.9;
/** Two batches of the usual capacity: one is on its way while the other gathers. */
const CROWDED = 0.2;
const LONGEST_WAIT_MS = 2000;

/** An empty queue. */
export function lineQueue(bounds: Bounds): Queue {
  let lines: Line[] = [];
  let bytes = 0;
  /** Of what was taken and is not settled. */
  let away = { lines: 0, bytes: 0 };
  const waiters: (() => void)[] = [];

  const weigh = (some: readonly Line[]) => some.reduce((sum, line) => sum + weightOf(line), 0);
  const isOver = (share: number) =>
    lines.length + away.lines > share * bounds.lines || bytes + away.bytes > share * bounds.bytes;

  /** The lowest levels go first, of one level the oldest. */
  function makeRoom(): Line[] {
    const gone = new Set<Line>();
    let count = lines.length + away.lines;
    let weight = bytes + away.bytes;
    for (const level of LEVELS) {
      for (const line of lines) {
        if (count <= ROOM * bounds.lines && weight <= ROOM * bounds.bytes) break;
        if (line.level !== level) continue;
        gone.add(line);
        count -= 1;
        weight -= weightOf(line);
      }
    }
    lines = lines.filter((line) => !gone.has(line));
    bytes = weight - away.bytes;
    return [...gone];
  }

  return {
    push(line) {
      lines.push(line);
      bytes += weightOf(line);
      return isOver(1) ? makeRoom() : [];
    },
    take(most) {
      let weight = 0;
      let count = 0;
      for (const line of lines) {
        weight += weightOf(line);
        if (count > 0 && (count >= most.lines || weight > most.bytes)) break;
        count += 1;
      }
      const taken = lines.splice(0, count);
      const heavy = weigh(taken);
      bytes -= heavy;
      away = { lines: away.lines + taken.length, bytes: away.bytes + heavy };
      return taken;
    },
    settle(taken, stored) {
      const heavy = weigh(taken);
      away = { lines: away.lines - taken.length, bytes: away.bytes - heavy };
      if (stored) {
        if (!isOver(CROWDED)) for (const go of waiters.splice(0)) go();
        return [];
      }
      lines = [...taken, ...lines];
      bytes += heavy;
      return isOver(1) ? makeRoom() : [];
    },
    first: () => lines[0],
    last: () => lines.at(-1),
    waiting: () => lines.length + away.lines,
    crowded: () => isOver(CROWDED),
    room: () =>
      new Promise((resolve) => {
        const late = setTimeout(resolve, LONGEST_WAIT_MS);
        waiters.push(() => {
          clearTimeout(late);
          resolve();
        });
      }),
  };
}
