/** The time that a calendar shows: what was asked for, or the last day and the next few slots. */
import type { CalendarRange } from './calendar.ts';
import { type History, slotsOf, zoneAt } from './history.ts';
import { readInstant, TimeError } from './time.ts';

const DAY = 86_400_000;
/** The longest range, and how far it may reach into what is to come. */
const LONGEST_DAYS = 400;
/** Slots to come that are shown unasked. */
const NEXT = 3;

export type RangeWish = { from?: string | undefined; to?: string | undefined };

/** Reads the range [from, to). Throws a TimeError where it is none, or too long. */
export function rangeOf(history: History, wish: RangeWish): CalendarRange {
  const { now } = history;
  const zone = zoneAt(history, now);
  const from = wish.from === undefined ? undefined : readInstant(wish.from, zone, now);
  const to = wish.to === undefined ? undefined : readInstant(wish.to, zone, now);
  const range = {
    from: from ?? days(to ?? now, -1),
    to: to ?? (from && from > now ? days(from, 1) : endOf(history)),
  };
  if (range.from >= range.to) throw new TimeError('"from" must be before "to".');
  if (range.to > days(now, LONGEST_DAYS))
    throw new TimeError(`"to" may be ${LONGEST_DAYS} days from now at most.`);
  if (range.to > days(range.from, LONGEST_DAYS))
    throw new TimeError(`From "from" to "to" there may be ${LONGEST_DAYS} days at most; give both.`);
  return range;
}

const days = (at: Date, n: number) => new Date(at.getTime() + n * DAY);

/** Right after the next few slots, where they come within a month. */
function endOf(history: History): Date {
  const last = slotsOf(history, history.now, days(history.now, 31), NEXT).at(-1);
  return new Date((last ?? history.now).getTime() + 1);
}
