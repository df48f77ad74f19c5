/**
 * The log as it grows, once a process: RunLog wakes it, each new line is read once and handed to all who listen. It reads
 * while somebody is there, and looks each second whether it was woken or not: others write lines too, and say nothing.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import type { LogLine } from '../contract/log-line.ts';
import type { RunStatus } from '../db/ledger-tables.ts';
import type { Service } from '../http/service.ts';
import { onceAMinute } from '../logs/once-a-minute.ts';
import { settling } from '../logs/settled.ts';
import { openAlarm } from './alarm.ts';
import { readSettled } from './read-lines.ts';
import { runEnds } from './run-ends.ts';
import { runsOf } from './runs-of.ts';
import { listenForLines, type WakeUps } from './wake-ups.ts';

const LOOK_EVERY = 1000;
/** While lines are written that are not committed, in ms. */
const LOOK_SOON = 20;
/** Between two looks, in ms: what comes in quick succession is read together. */
const BREATH = 5;
/** Lines in memory at once: they may be long. */
const PAGE = 100;

/** Somebody who hears every line from some id on. */
export type Listener = {
  /** The only run that it is about. */
  run: string | undefined;
  /** The next lines, all up to an id; perhaps lines that are none of its business too. */
  hear(lines: readonly LogLine[], upTo: number): void;
  /** Its run is over, and its last lines were heard. */
  over(status: RunStatus | null): void;
};

/** A place of somebody who listens, or will: the log is followed as long as one is taken. */
type Seat = {
  /** Resolves when it is known how far the log is settled: from then on one may join. */
  settled: Promise<void>;
  /** Begins to hear what comes after an id, which is returned: the lines up to it are there to be read. */
  join(listener: Listener): number;
  part(listener: Listener): void;
  leave(): void;
};

export type Tail = {
  /** Takes a seat; fails when RunLog cannot be asked how far the log is. */
  enter(): Promise<Seat>;
  /** Up to which id everything was told, and the newest id that is there. */
  position(): number;
  newest(): number;
  /** For how long there has been a line that was not told, in ms. */
  lag(): number;
  isGoing(): boolean;
  isListening(): boolean;
  /** How often RunLog said that there is something new. */
  wakes(): number;
};

type Surroundings = Pick<Service, 'runlog' | 'config' | 'log' | 'inFlight'>;

/** Follows the log for all who take a seat. */
export function openTail({ runlog, config, log, inFlight }: Surroundings): Tail {
  const look = settling(runlog);
  const listeners = new Set<Listener>();
  const ends = runEnds(runlog);
  const alarm = openAlarm();
  let known = Promise.withResolvers<void>();
  let seats = 0;
  /** Everything up to here was told; undefined while it is not known of any line whether it is settled. */
  let position: number | undefined;
  /** What the pass under way goes up to: who joins meanwhile hears what comes after. */
  let aim = 0;
  let newest = 0;
  let behindSince: number | undefined;
  let wakes = 0;
  let starting: Promise<void> | undefined;
  let going: Promise<void> | undefined;
  let wakeUps: WakeUps | undefined;

  const lag = () => (behindSince === undefined ? 0 : performance.now() - behindSince);

  /** However many come first, one looks. */
  function begin(): Promise<void> {
    if (starting) return starting;
    position = undefined;
    known = Promise.withResolvers();
    starting = lookOn().finally(() => {
      starting = undefined;
    });
    return starting;
  }

  async function lookOn(): Promise<void> {
    const began = performance.now();
    const seen = await look();
    newest = seen.newest;
    if (seen.settled === undefined) return;
    aim = seen.settled;
    // Nobody waits for what was settled before; and the numbers of a restored RunLog begin again below.
    position = listeners.size === 0 ? aim : Math.min(position ?? aim, aim);
    known.resolve();
    if (position < newest) behindSince ??= began;
  }

  async function pass(): Promise<void> {
    const before = position;
    await ends.ask([...listeners].flatMap(({ run }) => run ?? []));
    await lookOn();
    const runs = runsOf(listeners);
    while (position !== undefined && position < aim) {
      const { lines, upTo } = await readSettled(runlog, { after: position, upTo: aim, most: PAGE }, runs);
      position = upTo;
      for (const listener of listeners) listener.hear(lines, upTo);
    }
    if (position === undefined) return;
    if (position === newest || position !== before) behindSince = undefined;
    for (const [run, status] of ends.heard(position, newest))
      for (const listener of listeners) if (listener.run === run) listener.over(status);
  }

  async function follow(): Promise<void> {
    const wake = () => {
      wakes++;
      alarm.ring();
    };
    const name = `kubescribe ${config.service} tail`;
    wakeUps = listenForLines(config.runlogUrl!, {
      name,
      wake,
      onTrouble: onceAMinute((error) => log.warn({ error }, 'RunLog wakes no stream')),
    });
    const onTrouble = onceAMinute((error) => log.warn({ error }, 'streams wait for RunLog'));
    while (seats > 0) {
      const failed = await pass().then(
        () => false,
        (error: unknown) => {
          onTrouble(error);
          return true;
        },
      );
      const breath = sleep(BREATH);
      const soon = Math.min(LOOK_EVERY, Math.max(LOOK_SOON, lag()));
      await alarm.rest(position === newest || failed ? LOOK_EVERY : soon);
      await breath;
    }
    await wakeUps.close();
    wakeUps = undefined;
  }

  function start(): void {
    if (going || seats === 0) return;
    going = follow().finally(() => {
      going = undefined;
      start();
    });
    inFlight(going);
  }

  return {
    async enter() {
      seats++;
      let left = false;
      const leave = () => {
        if (!left && --seats === 0) alarm.ring();
        left = true;
      };
      try {
        if (!going) await begin();
      } catch (error) {
        leave();
        throw error;
      }
      start();
      return {
        settled: known.promise,
        join(listener) {
          listeners.add(listener);
          if (listener.run !== undefined) ends.askNow();
          alarm.ring();
          return aim;
        },
        part: (listener) => void listeners.delete(listener),
        leave,
      };
    },
    position: () => position ?? 0,
    newest: () => newest,
    lag,
    isGoing: () => going !== undefined,
    isListening: () => wakeUps?.isListening() ?? false,
    wakes: () => wakes,
  };
}
