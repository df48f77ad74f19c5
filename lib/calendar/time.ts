/** Times as people write them, read on the clock of a zone. */
import { localTime, type Reading, readLocal } from '../schedule/local-time.ts';

/** A time that cannot be read; the message says what is taken. */
export class TimeError extends Error {}

const DAY = 86_400_000;
const TAKEN =
  'Give a time such as 02:00, "yesterday 02:00", 2026-11-20, 2026-11-20T02:00 or 2026-11-20T02:00:00Z.';

const INSTANT = /^\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d{1,9})?)?(Z|[+-]\d\d:\d\d)$/;
const DATE = /^(\d{4}-\d\d-\d\d)(?:[T ](\d\d:\d\d(?::\d\d)?))?$/;
const CLOCK = /^(?:(today|yesterday|tomorrow) +)?(\d{1,2}:\d\d(?::\d\d)?)$/;

/** What a text stands for: a local time keeps its local words, an instant has none. */
export type Asked = Reading & { local?: string };

/** Reads a time in a zone. Without a day it is the last such time up to now. */
export function readTime(text: string, timezone: string, now: Date): Asked {
  const read = readAny(text, timezone, now);
  // Answers are RFC 3339, whose years have four digits.
  const tooFar = read.instants.some((at) => !/^\d{4}-/.test(at.toISOString()));
  if (tooFar) throw new TimeError(`"${text}" is not within the years 0000 to 9999 UTC.`);
  return read;
}

function readAny(text: string, timezone: string, now: Date): Asked {
  if (INSTANT.test(text)) {
    const at = new Date(text);
    if (Number.isNaN(at.getTime())) throw new TimeError(`"${text}" is no time. ${TAKEN}`);
    return { instants: [at] };
  }
  const local = localOf(text, localTime(now, timezone));
  return { ...readLocal(local, timezone), local };
}

/** One instant: of a repeated time the first, of one that is left out the time as much later. */
export function readInstant(text: string, timezone: string, now: Date): Date {
  const { instants, leftOut } = readTime(text, timezone, now);
  const at = instants[0] ?? leftOut?.shifted;
  if (!at) throw new TimeError(`"${text}" is no time in ${timezone}. ${TAKEN}`);
  return at;
}

function localOf(text: string, now: string): string {
  const [, date, time = '00:00'] = DATE.exec(text) ?? [];
  if (date) return checked(`${date}T${seconds(time)}`, text);
  const [, day, clock] = CLOCK.exec(text.trim().toLowerCase()) ?? [];
  if (!clock) throw new TimeError(`"${text.slice(0, 60)}" is no time. ${TAKEN}`);
  const today = now.slice(0, 10);
  const at = (offset: number) => checked(`${shift(today, offset)}T${seconds(clock.padStart(5, '0'))}`, text);
  if (day) return at({ yesterday: -1, today: 0, tomorrow: 1 }[day] ?? 0);
  return at(0) <= now.slice(0, 19) ? at(0) : at(-1);
}

const seconds = (time: string) => (time.length === 5 ? `${time}:00` : time);
const shift = (date: string, days: number) =>
  new Date(Date.parse(`${date}T00:00:00Z`) + days * DAY).toISOString().slice(0, 10);

/** Dates that there are, such as no 31 February. */
function checked(local: string, text: string): string {
  const read = new Date(`${local}Z`);
  if (Number.isNaN(read.getTime()) || read.toISOString().slice(0, 19) !== local)
    throw new TimeError(`"${text}" is no time. ${TAKEN}`);
  return local;
}
