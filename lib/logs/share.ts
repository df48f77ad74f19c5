/** What one run may write: how many lines in all, how often the same one; and what was left out of it. */
import type { Level } from './line.ts';

const SECOND = 1000;
/** In each second the first of one text are kept, then one in so many. */
const ALIKE = 100;
/** Texts that are told apart within a second. */
const TEXTS = 1000;
const LONGEST_TEXT = 200;
/** Beyond its budget a run may still write so much of it again, of what is worth a look. */
const RESERVE = 0.1;
const FIRST_TOLD_AFTER = SECOND;
const TOLD_EVERY = 64 * SECOND;

/**
 * Lines that were left out: the same again, beyond the run's budget, or pushed out of memory. Of the last some may be stored
 * all the same: those whose answer was lost.
 */
export type LeftOut = { repeated: number; over_budget: number; crowded_out: number };

export const nothingLeftOut: LeftOut = { repeated: 0, over_budget: 0, crowded_out: 0 };

/** Both together. */
export const sumOf = (one: LeftOut, other: LeftOut): LeftOut => ({
  repeated: one.repeated + other.repeated,
  over_budget: one.over_budget + other.over_budget,
  crowded_out: one.crowded_out + other.crowded_out,
});

export type Share = {
  /** Whether a line is to be kept; one that is not is counted. */
  takes(level: Level, message: string, now: number): boolean;
  leaveOut(left: LeftOut): void;
  /** Lines of the run that are stored, by whomever. */
  stored(total: number): void;
  /** What was left out and not told yet, when it is time to tell; `last`: it is. */
  tell(now: number, last: boolean): LeftOut | undefined;
};

/** The share of a run, or without a budget of the system. */
export function lineShare(budget = Number.POSITIVE_INFINITY): Share {
  let alike = new Map<string, number>();
  let second = 0;
  let before = 0;
  let since = 0;
  let left = nothingLeftOut;
  let toldAt = 0;
  let patience = FIRST_TOLD_AFTER;

  function isRepeated(message: string, now: number): boolean {
    if (now - second >= SECOND || alike.size >= TEXTS) {
      alike = new Map();
      second = now;
    }
    const text = message.length <= LONGEST_TEXT ? message : message.slice(0, LONGEST_TEXT);
    const times = (alike.get(text) ?? 0) + 1;
    alike.set(text, times);
    return times > ALIKE && times % ALIKE !== 0;
  }

  const leaveOut = (more: LeftOut) => {
    left = sumOf(left, more);
  };

  return {
    takes(level, message, now) {
      const most = level === 'debug' || level === 'info' ? budget : budget + Math.floor(budget * RESERVE);
      const over = before + since >= most;
      if (over) leaveOut({ ...nothingLeftOut, over_budget: 1 });
      else if (isRepeated(message, now)) leaveOut({ ...nothingLeftOut, repeated: 1 });
      else {
        since += 1;
        return true;
      }
      return false;
    },
    leaveOut,
    stored(total) {
      // Of those that were said since, some are among them: it is enough to be right in the end.
      since = Math.max(0, before + since - total);
      before = total;
    },
    tell(now, last) {
      if (left === nothingLeftOut || (!last && now - toldAt < patience)) return undefined;
      patience = Math.min(TOLD_EVERY, 2 * patience);
      toldAt = now;
      const told = left;
      left = nothingLeftOut;
      return told;
    },
  };
}

/** What was left out, as a line tells it. */
export function leftOutText({ repeated, over_budget, crowded_out }: LeftOut, budget: number): string {
  const why = [
    repeated > 0 && `${repeated} said the same again and again`,
    over_budget > 0 && `${over_budget} came after the ${budget} that a run may write`,
    crowded_out > 0 && `${crowded_out} found no room where lines wait to be written`,
  ].filter((part) => part !== false);
  return `${repeated + over_budget + crowded_out} log lines were left out: ${why.join('; ')}`;
}
