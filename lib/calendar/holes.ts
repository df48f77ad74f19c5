/** Why there is no slot: in words, for every time. */
import { localTime } from '../schedule/local-time.ts';
import { slotsBetween } from '../schedule/slots.ts';
import type { Hole, PastSchedule } from './history.ts';

const HOUR = 3_600_000;
/** How far neighbours are looked for: the next 29 February may be eight years away. */
const SPANS = [HOUR, 25 * HOUR, 32 * 24 * HOUR, 367 * 24 * HOUR, 9 * 366 * 24 * HOUR];
/** More slots than a span has that follows on an empty one. */
const MANY = 50_000;

/** Why a time has no schedule. */
export function whyHole({ before, after, unreadable, goneBefore }: Hole): string {
  if (unreadable !== undefined) return `its schedule cannot be read: ${unreadable}`;
  if (goneBefore) {
    const zone = after?.timezone ?? 'UTC';
    return `no longer kept: schedules that ended before ${localTime(goneBefore, zone)} were deleted`;
  }
  const ended =
    before?.valid_until &&
    `its schedule ${named(before)} ended at ${localTime(before.valid_until, before.timezone)}`;
  const by = before?.closed_by
    ? ` by ${before.closed_by}${before.close_why ? ` (${before.close_why})` : ''}`
    : '';
  if (!after) return ended ? `${ended}${by}` : 'it has no schedule: it runs when it is asked to';
  const next = localTime(after.valid_from, after.timezone);
  if (ended) return `${ended}${by}, and the next began at ${next}`;
  return `it had no schedule before ${next}, when ${named(after)} was written by ${after.written_by}`;
}

/** A schedule in words. */
const named = ({ cron, timezone }: Pick<PastSchedule, 'cron' | 'timezone'>) => `\`${cron}\` in ${timezone}`;

/** Why a schedule has nothing at an instant, and what it has nearest to it. */
export function whyNoSlot(schedule: PastSchedule, at: Date): string {
  const shown = (slot: Date) => alike(localTime(slot, schedule.timezone), localTime(at, schedule.timezone));
  const [before, after] = neighbours(schedule, at);
  const near = [before, after].filter((slot) => slot !== undefined).map(shown);
  const nearest =
    near.length === 2
      ? `; the nearest are ${near.join(' and ')}`
      : near[0]
        ? `; the nearest is ${near[0]}`
        : '';
  return `the schedule ${named(schedule)} has no slot at ${localTime(at, schedule.timezone).slice(11, 16)}${nearest}`;
}

/** The day is told only where it is another. */
const alike = (local: string, other: string) =>
  local.slice(0, 10) === other.slice(0, 10) ? local.slice(11, 16) : local.slice(0, 16).replace('T', ' ');

function neighbours(schedule: PastSchedule, at: Date): [Date | undefined, Date | undefined] {
  const first = (slots: (span: number) => Date | undefined) => {
    for (const span of SPANS) {
      const slot = slots(span);
      if (slot) return slot;
    }
    return undefined;
  };
  const before = first((span) =>
    slotsBetween(schedule, new Date(at.getTime() - span), new Date(at.getTime() - 1), MANY).at(-1),
  );
  const after = first((span) => slotsBetween(schedule, at, new Date(at.getTime() + span), 1)[0]);
  return [before, after];
}
