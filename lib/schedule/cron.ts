/** Five cron fields as the parser in the cluster reads them (robfig/cron v3), without what others read in another way. */

/** The schedule as written is none; the message says why and what is taken. */
export class ScheduleError extends Error {}

export type CronFields = {
  minutes: readonly number[];
  hours: readonly number[];
  /** The days alone, in words that our library reads in the same way: `0 0 DAY MONTH WEEKDAY`. */
  days: string;
  /** The hours go on through the whole day: a schedule of elapsed time, not of a time of day. */
  throughTheDay: boolean;
};

const descriptors: Record<string, string> = {
  '@yearly': '0 0 1 1 *',
  '@annually': '0 0 1 1 *',
  '@monthly': '0 0 1 * *',
  '@weekly': '0 0 * * 0',
  '@daily': '0 0 * * *',
  '@midnight': '0 0 * * *',
  '@hourly': '0 * * * *',
};

type Bounds = { name: string; min: number; max: number; names?: string };

const MINUTE = { name: 'minute', min: 0, max: 59 };
const HOUR = { name: 'hour', min: 0, max: 23 };
const DAY = { name: 'day', min: 1, max: 31 };
const MONTH = { name: 'month', min: 1, max: 12, names: 'jan feb mar apr may jun jul aug sep oct nov dec' };
const WEEKDAY = { name: 'weekday', min: 0, max: 6, names: 'sun mon tue wed thu fri sat' };

/** Reads a pattern; throws a ScheduleError that says what cannot be read. */
export function readCron(pattern: string): CronFields {
  const objection = objectionTo(pattern);
  if (objection) throw new ScheduleError(`"${pattern}" ${objection}.`);
  const [minute = '', hour = '', day = '', month = '', weekday = ''] = split(pattern);
  const read = (field: string, bounds: Bounds): number[] => {
    try {
      return readField(field, bounds);
    } catch (error) {
      const why = error instanceof Error ? error.message : 'cannot be read';
      throw new ScheduleError(`"${pattern}": the ${bounds.name} ${why}.`);
    }
  };
  const hours = read(hour, HOUR);
  const list = (field: string, bounds: Bounds) => {
    const values = read(field, bounds);
    return isStar(field) ? '*' : values.join();
  };
  return {
    minutes: read(minute, MINUTE),
    hours,
    days: ['0 0', list(day, DAY), list(month, MONTH), list(weekday, WEEKDAY)].join(' '),
    throughTheDay: hours.length > 1 && goesThrough(hour),
  };
}

const split = (pattern: string) => (descriptors[pattern] ?? pattern).trim().split(/[ \t]+/);

/** What the cluster would refuse, or people would read in two ways. */
function objectionTo(pattern: string): string | undefined {
  const fields = split(pattern);
  const [, , day = '', , weekday = ''] = fields;
  if (pattern.startsWith('@') && !descriptors[pattern])
    return 'is not taken by Knative; write five cron fields';
  if (fields.length !== 5) return 'must have five cron fields';
  if (/[LW#]/i.test(fields.join(' ').replaceAll(/\b(JUL|WED)\b/gi, '')))
    return 'has L, W or #, which Knative does not take';
  if (/(^|[,-])0*7/.test(weekday)) return 'has weekday 7, which Knative does not take; Sunday is 0';
  const stepped = (field: string) => /[*?]\//.test(field);
  const restricted = (field: string) => !/^[*?]$/.test(field);
  if ((stepped(day) && restricted(weekday)) || (stepped(weekday) && restricted(day)))
    return 'steps through days and names days of the other kind, which is read in two ways; list the days';
  return undefined;
}

/** Days of a field with a star in it do not add to those of the other kind. */
const isStar = (field: string) => field.split(',').some((part) => /^[*?]$/.test(part));

/** A star, a range of all hours, either with a step, or a step from an early hour on: no list, no part of the day. */
function goesThrough(hour: string): boolean {
  if (/^([*?]|0+-23)(\/\d+)?$/.test(hour)) return true;
  const [, from, step] = /^(\d+)\/(\d+)$/.exec(hour) ?? [];
  return Number(from) < Number(step);
}

function readField(field: string, bounds: Bounds): number[] {
  const values = new Set(field.split(',').flatMap((part) => readPart(part, bounds)));
  return [...values].sort((a, b) => a - b);
}

function readPart(part: string, bounds: Bounds): number[] {
  const [, low, high, stepText] = /^(\*|\?|\w+)(?:-(\w+))?(?:\/(\d{1,9}))?$/.exec(part) ?? [];
  if (low === undefined) throw new Error(`"${part}" has illegal characters`);
  const wild = low === '*' || low === '?';
  if (wild && high !== undefined) throw new Error(`"${part}" is no range`);
  const from = wild ? bounds.min : numberOf(low, bounds);
  // As the cluster has it, "5/15" is "5-59/15".
  const to = high !== undefined ? numberOf(high, bounds) : wild || stepText ? bounds.max : from;
  const step = stepText === undefined ? 1 : Number(stepText);
  if (from > to) throw new Error(`"${part}" ends before it begins; write two ranges`);
  if (step === 0) throw new Error(`"${part}" has a step of 0`);
  return Array.from({ length: Math.floor((to - from) / step) + 1 }, (_, i) => from + i * step);
}

function numberOf(text: string, { min, max, names = '' }: Bounds): number {
  const named = names.split(' ').indexOf(text.toLowerCase());
  const value = named >= 0 ? named + min : /^\d+$/.test(text) ? Number(text) : Number.NaN;
  if (Number.isNaN(value)) throw new Error(`"${text}" has illegal characters`);
  if (value < min || value > max) throw new Error(`${text} is not within ${min} to ${max}`);
  return value;
}
