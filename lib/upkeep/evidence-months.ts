/** Evidence goes by whole months, as partitions; what was seen goes when neither a row nor a run speaks of it any more. */
import { type RawBuilder, sql } from 'kysely';
import type { Db } from '../db/connect.ts';
import { type Walk, walkPage } from './walk.ts';

/** The tables of `operation_logs` that are partitioned. */
export const evidenceTables = [
  'data_quality_errors',
  'dedup_conflicts',
  'authority_conflicts',
  'cast_errors',
  'upsert_failures',
  'concurrency_issues',
  'backup_logs',
] as const;
export type EvidenceTable = (typeof evidenceTables)[number];

type Month = { part: string; rows: number; bytes: number };

/** Drops the oldest month that is too old, where months are archived only one that is; its rows are told as the planner knew them. */
export const walkEvidenceMonths =
  (of: EvidenceTable): Walk =>
  async (db, { before, remove, archived = false }) => {
    const { rows: months } = await sql<Month>`
      select class.relname as part, greatest(class.reltuples, 0)::bigint as rows,
             pg_total_relation_size(class.oid) as bytes
        from pg_inherits join pg_class class on class.oid = inhrelid
        left join evidence_archives archive on archive.part = class.relname
       where inhparent = to_regclass(${`operation_logs.${of}`}) and class.relname ~ '_\\d{6}$'
         and to_date(right(class.relname, 6), 'YYYYMM') + interval '1 month'
             <= ${before}::timestamptz at time zone 'UTC'
         and coalesce(archive.held_until <= clock(), true)
         and (not ${archived}::boolean or archive.part is not null)
       order by class.relname ${remove ? sql`limit 1` : sql``}`.execute(db);
    const sum = (what: 'rows' | 'bytes') => months.reduce((total, month) => total + month[what], 0);
    const [oldest] = months;
    // Rows came since it was archived: it is to be archived anew.
    if (oldest && archived && !(await isWhole(db, of, oldest.part)))
      return { place: null, looked: 1, gone: 0 };
    if (oldest && remove) await sql`select drop_oldest_evidence_partition(${of}, ${archived})`.execute(db);
    return {
      place: oldest && remove ? { part: oldest.part } : null,
      looked: months.length,
      gone: sum('rows'),
      bytes: sum('bytes'),
    };
  };

/** Whether the file of a month has as many rows as the month. */
async function isWhole(db: Db, of: EvidenceTable, part: string): Promise<boolean> {
  const { rows } = await sql`
    select from evidence_archives archive
     where part = ${part} and rows = (
       select count(*) from ${sql.table(`operation_logs.${of}`)} old
        where old.log_time >= archive.from_time and old.log_time < archive.until_time)`.execute(db);
  return rows.length > 0;
}

/** Whether evidence of a class has no room for a row of a time: its month is gone. */
export const monthIsGone = (of: RawBuilder<unknown>, time: RawBuilder<unknown>): RawBuilder<unknown> => sql`
  to_regclass(format('operation_logs.%I', ${of} || to_char(${time} at time zone 'UTC', '_YYYYMM'))) is null`;

/** Whether the month is gone that the row of an identity was in. */
export const rowIsGone = (identity: RawBuilder<unknown>): RawBuilder<unknown> =>
  monthIsGone(sql`${identity}.class`, sql`${identity}.log_time`);

/** The row of an identity went with its month; what runs saw of it stays with them. */
export const walkIdentities: Walk = (db, page) =>
  walkPage(db, page, {
    page: sql`
      select log_time as at, identity as id from evidence_identities
       where (log_time, identity)
             > (${String(page.place?.at ?? '-infinity')}::timestamptz, ${String(page.place?.id ?? '\\x')}::bytea)
         and log_time < ${page.before}::timestamptz
       order by log_time, identity limit ${page.limit}`,
    doomed: sql`
      select page.id from page join evidence_identities seen_once on seen_once.identity = page.id
       where ${rowIsGone(sql`seen_once`)}
         and not exists (select from evidence_sightings seen where seen.identity = page.id)`,
    from: 'evidence_identities',
    key: 'identity',
  });
