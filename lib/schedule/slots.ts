/** When a schedule says that a pipeline should run: cron on the wall clocks of a zone, as Knative's parser reads it. */
import { Cron } from 'croner';
import { type ClockRule, clockRule, instantsOf, offsetsAround } from './clock-changes.ts';
import { type CronFields, readCron } from './cron.ts';
import { checkZone, offsetAt } from './zone.ts';

export { ScheduleError } from './cron.ts';

const MINUTE = 60_000;
const DAY = 24 * 60 * MINUTE;
/** So far before an instant may a wall time lie that a gap moves behind it. */
const MOVED = 2 * DAY;

export type Schedule = {
  cron: string;
  timezone: string;
  gap?: ClockRule['gap'] | undefined;
  overlap?: ClockRule['overlap'] | undefined;
};

/** Throws a ScheduleError when the schedule cannot be read. */
export function checkSchedule({ cron, timezone }: Schedule): void {
  checkZone(timezone);
  readCron(cron);
}

/** The first slot after an instant; undefined when there is none. */
export function nextSlot(schedule: Schedule, after: Date): Date | undefined {
  const { value } = slotsAfter(schedule, after.getTime()).next();
  return value === undefined ? undefined : new Date(value);
}

/** The slots in (after, until], oldest first, at most `limit`. */
export function slotsBetween(schedule: Schedule, after: Date, until: Date, limit = 1000): Date[] {
  const slots: Date[] = [];
  if (limit <= 0) return slots;
  for (const slot of slotsAfter(schedule, after.getTime())) {
    if (slot > until.getTime()) break;
    slots.push(new Date(slot));
    if (slots.length === limit) break;
  }
  return slots;
}

/** The shortest time between neighbouring slots of the next day, for words like "every 5 minutes". */
export function cadence(schedule: Schedule, from: Date): number | undefined {
  const slots = slotsBetween(schedule, from, new Date(from.getTime() + DAY), 50);
  const gaps = slots.slice(1).map((slot, i) => slot.getTime() - slots[i]!.getTime());
  return gaps.length > 0 ? Math.min(...gaps) : undefined;
}

/** The slots after an instant, in order and each once. Around a change of clocks wall times have another order. */
function* slotsAfter(schedule: Schedule, after: number): Generator<number, undefined> {
  const fields = readCron(schedule.cron);
  const rule = clockRule(schedule);
  const zone = schedule.timezone;
  const times = timesOfDay(fields);
  const held = new Set<number>();
  for (const day of daysFrom(fields, after + offsetAt(zone, after) - MOVED)) {
    const offsets = offsetsAround(zone, day, day + DAY);
    if (offsets.before !== offsets.after) {
      const instants = times.flatMap((time) => instantsOf(zone, day + time, offsets, rule));
      for (const instant of instants) if (instant > after) held.add(instant);
      continue;
    }
    const offset = offsets.before;
    yield* inOrder(held);
    if (day + DAY - offset <= after) continue;
    for (const time of times) if (day + time - offset > after) yield day + time - offset;
  }
  yield* inOrder(held);
}

function* inOrder(held: Set<number>): Generator<number, undefined> {
  const instants = [...held].sort((a, b) => a - b);
  held.clear();
  yield* instants;
}

const timesOfDay = ({ hours, minutes }: CronFields) =>
  hours.flatMap((hour) => minutes.map((minute) => (hour * 60 + minute) * MINUTE));

/** The wall midnights of the days on which a pattern has slots. */
function* daysFrom({ days }: CronFields, wall: number): Generator<number, undefined> {
  const cron = new Cron(days, { utcOffset: 0, mode: '5-part', paused: true });
  for (let day = cron.nextRun(new Date(wall - DAY)); day; day = cron.nextRun(day)) yield day.getTime();
}
