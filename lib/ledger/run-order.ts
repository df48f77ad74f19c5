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

/**
 * The first runs of all stretches, a page of each: more rows than `merged` reads, in a statement that is planned in a
 * fifth of the time, which is most of what a page costs.
 */
export function sought(
  filter: RunFilter,
  columns: RawBuilder<unknown>,
  { place, limit }: { place: RunPlace; limit: number },
): RawBuilder<unknown> {
  const rows = stretchesAsRows(filter);
  if (!rows) return merged(filter, columns, { place, limit });
  const { is, moment } = rows.stretch;
  const conditions = [is, ...startedIn(filter, moment), ...beyond(place, moment)];
  return sql`(
    select run.* from ${rows.lists}, lateral (
      select ${columns}, ${moment.of} as moment from run_log where ${allOf(conditions)}
       order by ${orderOf(place)} limit ${limit}) run
     order by ${orderOf(place)} limit ${limit}) run`;
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
