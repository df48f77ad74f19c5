/** Wall-clock times of IANA zones. A wall time is written as the instant at which UTC's clocks show it. */
import { ScheduleError } from './cron.ts';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;

/** No clock is changed by more than a day, nor twice within this time of an instant; offsets are at most 14 hours. */
export const AROUND = 26 * HOUR;

const formats = new Map<string, Intl.DateTimeFormat>();

/** How much the zone's clocks are ahead of UTC at an instant, in milliseconds. */
export function offsetAt(zone: string, instant: number): number {
  const format = formats.get(zone) ?? formatOf(zone);
  const [, sign, hours = 0, minutes = 0, seconds = 0] =
    /GMT(?:([+-])(\d\d):(\d\d)(?::(\d\d))?)?/.exec(format.format(instant)) ?? [];
  const offset = Number(hours) * HOUR + Number(minutes) * MINUTE + Number(seconds) * 1000;
  return sign === '-' ? -offset : offset;
}

function formatOf(zone: string): Intl.DateTimeFormat {
  const format = new Intl.DateTimeFormat('en-US', { timeZone: zone, timeZoneName: 'longOffset' });
  formats.set(zone, format);
  return format;
}

/** Throws a ScheduleError when a zone is not one that the cluster finds too. */
export function checkZone(zone: string): void {
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
