/** Reading runs in the order of the list, newest first or the other way about, from one index a stretch. */
import { type RawBuilder, sql } from 'kysely';
import { goesUp, type Place } from '../db/keyset.ts';
import {
  allOf,
  type Condition,
  type RunFilter,
  STARTED,
  stretchesAsRows,
  stretchesOf,
} from './run-filter.ts';

/** A place in the list: when a run started, with all digits, and its id. */
export type RunKey = [startedAt: string, runId: string];
export type RunPlace = Place<RunKey> | undefined;

/** The runs on one side of a place. A comparison of rows is what an index seeks by; of their parts it is a scan. */
export const beyond = (place: RunPlace, moment = STARTED): Condition[] =>
  place
    ? [sql`(${moment.of}, run_id) ${sql.raw(place.way)} (${moment.at(place.key[0])}, ${place.key[1]}::uuid)`]
    : [];

/** The runs that started in the time that the filter names. */
export const startedIn = ({ from, to }: RunFilter, moment = STARTED): Condition[] => [
  ...(from ? [sql`${moment.of} >= ${moment.at(from)}`] : []),
  ...(to ? [sql`${moment.of} < ${moment.at(to)}`] : []),
];

/** The order of the list, of what has a `moment`. */
export const orderOf = (place: RunPlace) =>
  goesUp(place) ? sql`moment, run_id` : sql`moment desc, run_id desc`;

/** Stretches whose pages are looked at first. */
const DENSEST = 4;

/**
 * The first runs of all stretches: a few more rows than `merged` reads, in a statement whose text depends on neither the
 * values nor their number, so that it can be prepared: to plan it takes longer than to read a page. What lies beyond a
 * whole page of one stretch is on no page; the first stretches are likely to be the densest. The limit is written out,
 * because a plan for any limit would be one for a tenth of the table.
 */
export function sought(
  filter: RunFilter,
  columns: RawBuilder<unknown>,
  { place, limit }: { place: RunPlace; limit: number },
): RawBuilder<unknown> {
  const rows = stretchesAsRows(filter);
  if (!rows) return merged(filter, columns, { place, limit });
  const { is, moment } = rows.stretch;
  const conditions = allOf([is, ...startedIn(filter, moment), ...beyond(place, moment)]);
  const [within, nearest, end] = goesUp(place)
    ? [sql`<=`, sql`min`, sql`'infinity'`]
    : [sql`>=`, sql`max`, sql`'-infinity'`];
  const edge = sql`(
    select coalesce(${nearest}(moment), ${end}) from (select * from ${rows.lists} limit ${sql.lit(DENSEST)}) list, lateral (
      select ${moment.of} as moment, run_id from run_log where ${conditions}
       order by ${orderOf(place)} offset ${sql.lit(limit - 1)} limit 1) last)`;
  return sql`(
    select run.* from ${rows.lists}, lateral (
      select ${columns}, ${moment.of} as moment from run_log where ${conditions} and ${moment.of} ${within} ${edge}
       order by ${orderOf(place)} limit ${sql.lit(limit)}) run
     order by ${orderOf(place)} limit ${sql.lit(limit)}) run`;
}

/**
 * The first runs of the filter's stretches, merged: as many rows are read as are taken, and one a stretch. Beside
 * `columns` they have `moment` and `run_id`.
 */
export function merged(
  filter: RunFilter,
  columns: RawBuilder<unknown>,
  { place, limit }: { place: RunPlace; limit: number },
): RawBuilder<unknown> {
  const stretches = stretchesOf(filter).map(({ is, moment, first }) => {
    const conditions = [is, ...startedIn(filter, moment), ...beyond(place, moment)];
    // An index is read backwards as a whole.
    const leading = first ? sql`${first} ${goesUp(place) ? sql`desc` : sql`asc`}, ` : sql``;
    return sql`
      (select ${columns}, ${moment.of} as moment from run_log where ${allOf(conditions)}
        order by ${leading}${orderOf(place)} limit ${limit})`;
  });
  if (stretches.length === 1) return sql`${stretches[0]} run`;
  return sql`(select * from (${sql.join(stretches, sql` union all `)}) run order by ${orderOf(place)} limit ${limit}) run`;
}
