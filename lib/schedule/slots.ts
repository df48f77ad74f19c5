/** When a schedule says that a pipeline should run: cron in an IANA zone, as Knative's parser reads it. */
import { Cron } from 'croner';

const MINUTE = 60_000;
const names: Record<string, string> = {
  '@yearly': '0 0 1 1 *',
  '@annually': '0 0 1 1 *',
  '@monthly': '0 0 1 * *',
  '@weekly': '0 0 * * 0',
  '@daily': '0 0 * * *',
  '@midnight': '0 0 * * *',
  '@hourly': '0 * * * *',
};

export type Schedule = { cron: string; timezone: string };

/** The schedule as written is none; the message says why and what is taken. */
export class ScheduleError extends Error {}

function parse({ cron, timezone }: Schedule): Cron {
  const pattern = names[cron] ?? cron;
  if (pattern.startsWith('@'))
    throw new ScheduleError(`"${cron}" is not taken by Knative; write five cron fields.`);
  if (pattern.trim().split(/\s+/).length !== 5)
    throw new ScheduleError(`"${cron}" must have five cron fields.`);
  // The parser in the cluster knows neither of these; croner would.
  if (/[LW#]/.test(pattern.replaceAll(/\b(JUL|WED)\b/gi, ''))) {
    throw new ScheduleError(`"${cron}": L, W and # are not taken by Knative.`);
  }
  try {
    return new Cron(pattern, { timezone, mode: '5-part', paused: true });
  } catch (error) {
    throw new ScheduleError(
      `"${cron}" in ${timezone}: ${error instanceof Error ? error.message : 'not readable'}`,
    );
  }
}

/** Throws a ScheduleError when the schedule cannot be read. */
export function checkSchedule(schedule: Schedule): void {
  try {
    new Intl.DateTimeFormat('en', { timeZone: schedule.timezone });
  } catch {
    throw new ScheduleError(`"${schedule.timezone}" is no IANA time zone.`);
  }
  parse(schedule);
}

/** The first slot after an instant; undefined when there is none. */
export function nextSlot(schedule: Schedule, after: Date): Date | undefined {
  return parse(schedule).nextRun(after) ?? undefined;
}

/** The slots in (after, until], oldest first, at most `limit`. */
export function slotsBetween(schedule: Schedule, after: Date, until: Date, limit = 1000): Date[] {
  const cron = parse(schedule);
  const slots: Date[] = [];
  for (
    let slot = cron.nextRun(after);
    slot && slot <= until && slots.length < limit;
    slot = cron.nextRun(slot)
  ) {
    slots.push(slot);
  }
  return slots;
}

/** The shortest time between neighbouring slots of the next day, for words like "every 5 minutes". */
export function cadence(schedule: Schedule, from: Date): number | undefined {
  const slots = slotsBetween(schedule, from, new Date(from.getTime() + 24 * 60 * MINUTE), 50);
  const gaps = slots.slice(1).map((slot, i) => slot.getTime() - slots[i]!.getTime());
  return gaps.length > 0 ? Math.min(...gaps) : undefined;
}
