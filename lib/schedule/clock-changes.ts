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

/** The offsets before and after wall times from `first` to `last`; they differ when clocks may change near them. */
export function offsetsAround(zone: string, first: number, last: number): Offsets {
  return { before: offsetAt(zone, first - AROUND), after: offsetAt(zone, last + AROUND) };
}

type Offsets = { before: number; after: number };

/** The instants of a wall time near a change of clocks, the first one first. */
export function instantsOf(
  zone: string,
  wall: number,
  { before, after }: Offsets,
  rule: ClockRule,
): number[] {
  const there = [Math.max(before, after), Math.min(before, after)]
    .map((offset) => wall - offset)
    .filter((instant) => offsetAt(zone, instant) === wall - instant);
  // Read by the clocks before the change, a wall time in the gap is as much later as the gap is long.
  if (there.length === 0) return rule.gap === 'once' ? [wall - before] : [];
  if (there.length === 1 || rule.overlap === 'both') return there;
  return rule.overlap === 'once' ? there.slice(0, 1) : [];
}
