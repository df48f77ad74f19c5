/** Evidence, newest first, page by page and both ways; of a run what it saw, also what others had seen before it. */
import { type RawBuilder, sql } from 'kysely';
import type { Db } from '../db/connect.ts';
import { exactObject } from '../db/exact-json.ts';
import { cutPage, goesUp, type Neighbours, type Place } from '../db/keyset.ts';
import { exactInstant } from '../ledger/instant.ts';
import { type LogClassName, logClass } from './classes.ts';
import { allOf, conditionsOf, type OperationFilter } from './filter.ts';
import { shownLog } from './shown.ts';

/** Rows that one page looks at where no index has what is asked. */
const LOOKED_AT = 20_000;
/** Sightings of a run that one page looks at. */
const SIGHTED_AT = 10_000;

/** A place in the list: when the row was written, with all digits, and its number. */
export type LogKey = [loggedAt: string, id: number];
/** Of a run: the task, the number of its batch, and the identity that it saw. */
export type SightingKey = [task: string, batch: number, identity: string];

type Paging<K> = { limit: number; place?: Place<K> | undefined };
type Shown = Record<string, unknown>;
type Read<K> = { ks_key: K; ks_row: string };

/** A page of a class in the order of time. */
export async function listLogs(
  db: Db,
  name: LogClassName,
  filter: OperationFilter,
  { limit, place }: Paging<LogKey>,
): Promise<Neighbours<LogKey> & { rows: Shown[] }> {
  const { table, id } = logClass(name);
  const { first, rest } = conditionsOf(name, filter);
  const number = sql`log.${sql.id(id)}`;
  const beyond = place
    ? [
        sql`(log.log_time, ${number}) ${sql.raw(place.way)} (${place.key[0]}::timestamptz, ${place.key[1]}::bigint)`,
        // A comparison of rows leaves no partition out.
        sql`log.log_time ${sql.raw(goesUp(place) ? '>=' : '<=')} ${place.key[0]}::timestamptz`,
      ]
    : [];
  const direction = sql.raw(goesUp(place) ? 'asc' : 'desc');
  const take = rest.length > 0 ? LOOKED_AT : limit + 1;
  const looked = sql`(
    select log.* from ${sql.table(table)} log where ${allOf([...first, ...beyond])}
     order by log.log_time ${direction}, ${number} ${direction} limit ${take}) log`;
  const read = await readRows<[string, number]>(
    db,
    sql`select json_build_array(log.log_time::text, ${number}) as ks_key, ${shownLog(name)}::text as ks_row
          from ${looked} where ${allOf(rest)} limit ${limit + 1}`,
  );
  const edge =
    rest.length > 0 && read.length <= limit
      ? await edgeOf<LogKey>(
          db,
          sql`select json_build_array(log.log_time::text, ${number}) as ks_key from ${looked}`,
          LOOKED_AT,
        )
      : undefined;
  return cut(read, { limit, place, edge: edge && exact(edge), keyOf: ({ ks_key }) => exact(ks_key) });
}

const exact = ([logged, id]: LogKey): LogKey => [exactInstant(logged), id];

/**
 * A page of what a run saw of a class: what its last batch saw first. Each sighting is looked up by itself: the planner
 * would else read all identities for a page.
 */
export async function listSightings(
  db: Db,
  name: LogClassName,
  filter: OperationFilter & { run_id: string },
  { limit, place }: Paging<SightingKey>,
): Promise<Neighbours<SightingKey> & { rows: Shown[] }> {
  const { table, id } = logClass(name);
  const { task, ...others } = filter;
  const { first, rest } = conditionsOf(name, others);
  const beyond = place
    ? sql`(seen.task, seen.batch, seen.identity) ${sql.raw(place.way)}
          (${place.key[0]}, ${place.key[1]}::bigint, decode(${place.key[2]}, 'hex'))`
    : sql`true`;
  const direction = sql.raw(goesUp(place) ? 'asc' : 'desc');
  const order = sql`seen.task ${direction}, seen.batch ${direction}, seen.identity ${direction}`;
  const looked = sql`(
    select * from evidence_sightings seen
     where run_id = ${filter.run_id}::uuid and ${task === undefined ? sql`true` : sql`task = ${task}`} and ${beyond}
     order by ${order} limit ${SIGHTED_AT}) seen`;
  const key = sql`json_build_array(seen.task, seen.batch, encode(seen.identity, 'hex'))`;
  const sighting = sql`json_build_object('task', seen.task, 'batch', seen.batch, 'count', seen.count, 'aborted', seen.aborted)`;
  const read = await readRows<SightingKey>(
    db,
    sql`select ${key} as ks_key, (${shownLog(name)} || jsonb_build_object('sighting', ${sighting}))::text as ks_row
          from ${looked}
         cross join lateral (
           select row_id, log_time from evidence_identities known
            where known.identity = seen.identity and known.class = ${name} limit 1) known
         cross join lateral (
           select * from ${sql.table(table)} log
            where log.${sql.id(id)} = known.row_id and log.log_time = known.log_time limit 1) log
         where ${allOf([...first, ...rest])} order by ${order} limit ${limit + 1}`,
  );
  const edge =
    read.length <= limit
      ? await edgeOf<SightingKey>(db, sql`select ${key} as ks_key from ${looked}`, SIGHTED_AT)
      : undefined;
  return cut(read, { limit, place, edge, keyOf: ({ ks_key }) => ks_key });
}

async function readRows<K>(db: Db, query: RawBuilder<unknown>): Promise<Read<K>[]> {
  return (await (query as RawBuilder<Read<K>>).execute(db)).rows;
}

/** The last of the rows that were looked at; undefined when that was all. */
async function edgeOf<K>(db: Db, query: RawBuilder<unknown>, last: number): Promise<K | undefined> {
  const { rows } = await sql<{ ks_key: K }>`${query} offset ${last - 1}`.execute(db);
  return rows[0]?.ks_key;
}

function cut<K>(
  read: readonly Read<K>[],
  paging: Paging<K> & { edge: K | undefined; keyOf: (row: Read<K>) => K },
): Neighbours<K> & { rows: Shown[] } {
  const { rows, ...neighbours } = cutPage(read, paging);
  return { rows: rows.map(({ ks_row }) => exactObject(ks_row)), ...neighbours };
}
