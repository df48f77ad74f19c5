/** Which instants a wall time stands for: none in a gap, two in an overlap, as the rule of the schedule has it. */
import { readCron } from './cron.ts';
import type { Schedule } from './slots.ts';
import { AROUND, offsetAt } from './zone.ts';

export type ClockRule = {
  /** What becomes of a slot whose local time a change of clocks leaves out: none, or one as much later. */
  gap: 'skip' | 'once';
  /** What becomes of a slot whose local time a change of clocks repeats: none, the first, or both. */
  overlap: 'skip' | 'once' | 'both';
};

/**
 * The rule of a schedule, with what it leaves open filled in. Hours that go on through the whole day mean elapsed time,
 * which leaves nothing out and repeats nothing; all others mean a time of day, which comes once a day.
 */
export function clockRule({ cron, gap, overlap }: Schedule): ClockRule {
  const { throughTheDay } = readCron(cron);
  return {
    gap: gap ?? (throughTheDay ? 'skip' : 'once'),
    overlap: overlap ?? (throughTheDay ? 'both' : 'once'),
  };
}

/** The offset that all wall times from `first` to `last` have; undefined when clocks may change near them. */
export function steadyOffset(zone: string, first: number, last: number): number | undefined {
  const offset = offsetAt(zone, first - AROUND);
  return offset === offsetAt(zone, last + AROUND) ? offset : undefined;
}

/** The instants of a wall time, the first one first. */
export function instantsOf(zone: string, wall: number, rule: ClockRule): number[] {
  const before = offsetAt(zone, wall - AROUND);
  const after = offsetAt(zone, wall + AROUND);
  const there = [...new Set([before, after])]
    .filter((offset) => offsetAt(zone, wall - offset) === offset)
    .map((offset) => wall - offset)
    .sort((a, b) => a - b);
  // Read by the clocks before the change, a wall time in the gap is as much later as the gap is long.
  if (there.length === 0) return rule.gap === 'once' ? [wall - before] : [];
  if (there.length === 1 || rule.overlap === 'both') return there;
  return rule.overlap === 'once' ? there.slice(0, 1) : [];
}
