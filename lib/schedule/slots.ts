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

export type Schedule = {
  cron: string;
  timezone: string;
  /** What becomes of a slot whose local time a change of clocks leaves out: none, or one as much later. */
  gap?: 'skip' | 'once';
  /** What becomes of a slot whose local time a change of clocks repeats: none, the first, or both. */
  overlap?: 'skip' | 'once' | 'both';
};

/** The schedule as written is none; the message says why and what is taken. */
export class ScheduleError extends Error {}

function parse({ cron, timezone }: Schedule): Cron {
  const pattern = names[cron] ?? cron;
  const objection = objectionTo(pattern);
  if (objection) throw new ScheduleError(`"${cron}" ${objection}.`);
  try {
    return new Cron(pattern, { timezone, mode: '5-part', paused: true });
  } catch (error) {
    throw new ScheduleError(
      `"${cron}" in ${timezone}: ${error instanceof Error ? error.message : 'not readable'}`,
    );
  }
}

/** What the parser in the cluster would refuse, or read in another way than ours. */
function objectionTo(pattern: string): string | undefined {
  if (pattern.startsWith('@')) return 'is not taken by Knative; write five cron fields';
  const fields = pattern.trim().split(/\s+/);
  const [, , dayOfMonth = '', , dayOfWeek = ''] = fields;
  if (fields.length !== 5) return 'must have five cron fields';
  if (/[LW#]/i.test(pattern.replaceAll(/\b(JUL|WED)\b/gi, '')))
    return 'has L, W or #, which Knative does not take';
  if (/(^|[,-])7/.test(dayOfWeek)) return 'has weekday 7, which Knative does not take; Sunday is 0';
  const stepped = (field: string) => /^[*?]\//.test(field);
  const restricted = (field: string) => !/^[*?]$/.test(field);
  if ((stepped(dayOfMonth) && restricted(dayOfWeek)) || (stepped(dayOfWeek) && restricted(dayOfMonth))) {
    return 'steps through days and names days of the other kind, which is read in two ways; list the days';
  }
  return undefined;
}

/** Throws a ScheduleError when the schedule cannot be read. */
export function checkSchedule(schedule: Schedule): void {
  checkZone(schedule.timezone);
  parse(schedule);
}

function checkZone(zone: string): void {
  const known = canonical(zone);
  if (!known || !/^[a-z]/i.test(zone)) throw new ScheduleError(`"${zone}" is no IANA time zone.`);
  // The cluster looks zones up as names of files.
  if (known !== zone && known.toLowerCase() === zone.toLowerCase())
    throw new ScheduleError(`"${zone}" is written "${known}".`);
}

function canonical(zone: string): string | undefined {
  try {
    return new Intl.DateTimeFormat('en', { timeZone: zone }).resolvedOptions().timeZone;
  } catch {
    return undefined;
  }
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
