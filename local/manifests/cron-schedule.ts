import { Cron } from 'croner';

/** What Knative's cron parser reads in one field; croner alone would take more (`L`, `W`, `#`, years). */
const VALUE = '(?:\\d+|jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec|sun|mon|tue|wed|thu|fri|sat)';
const FIELD = new RegExp(`^(?:\\*|\\?|${VALUE}(?:-${VALUE})?)(?:/\\d+)?$`, 'i');
const DESCRIPTORS = new Set([
  '@yearly',
  '@annually',
  '@monthly',
  '@weekly',
  '@daily',
  '@midnight',
  '@hourly',
]);
const ZONE = /^[A-Za-z][A-Za-z0-9_+-]*(?:\/[A-Za-z0-9_+-]+)*$/;

/** Says why Knative's webhook would refuse a schedule; undefined when it would not. */
export function scheduleFault(schedule: string): string | undefined {
  if (schedule.includes('@every')) return 'unsupported descriptor @every';
  if (schedule.startsWith('@'))
    return DESCRIPTORS.has(schedule) ? undefined : `unknown descriptor ${schedule}`;
  if (/^(CRON_)?TZ=/.test(schedule)) return 'the zone goes into timezone, not into the schedule';
  const fields = schedule.trim().split(/\s+/);
  if (fields.length < 5 || fields.length > 6)
    return `expected 5 fields (or 6 with seconds), got ${fields.length}`;
  const strange = fields.find((field) => !field.split(',').every((part) => FIELD.test(part)));
  if (strange !== undefined) return `cannot read the field ${strange}`;
  if (/(^|[^0-9])7/.test(fields.at(-1) ?? '')) return 'the weekday 7 is above the maximum (6); Sunday is 0';
  try {
    new Cron(schedule, { paused: true, mode: '5-or-6-parts' });
    return undefined;
  } catch (error) {
    return error instanceof Error ? error.message.replace('CronPattern: ', '') : String(error);
  }
}

/** Says why a time zone is none; undefined when it is one. */
export function zoneFault(zone: string): string | undefined {
  try {
    if (!ZONE.test(zone)) return `unknown time zone ${zone}`;
    new Intl.DateTimeFormat('en', { timeZone: zone });
    return undefined;
  } catch {
    return `unknown time zone ${zone}`;
  }
}
