/** Lines of the log go by whole days: a partition is dropped, which leaves nothing to vacuum. */
import { sql } from 'kysely';
import type { Walk } from './walk.ts';

type Day = { day: string; rows: number; bytes: number };

/** Drops the oldest day that is too old; its rows are told as the planner knew them. */
export const walkLogDays: Walk = async (db, { before, remove }) => {
  const { rows: days } = await sql<Day>`
    select class.relname as day, greatest(class.reltuples, 0)::bigint as rows, pg_total_relation_size(class.oid) as bytes
      from pg_inherits join pg_class class on class.oid = inhrelid
     where inhparent = 'logs'::regclass and class.relname ~ '^logs_\\d{8}$'
       and to_date(right(class.relname, 8), 'YYYYMMDD') < (${before}::timestamptz at time zone 'UTC')::date
     order by class.relname ${remove ? sql`limit 1` : sql``}`.execute(db);
  const sum = (of: 'rows' | 'bytes') => days.reduce((total, day) => total + day[of], 0);
  const [oldest] = days;
  if (oldest && remove) await sql`select drop_oldest_log_partition()`.execute(db);
  return {
    place: oldest && remove ? { day: oldest.day } : null,
    looked: days.length,
    gone: sum('rows'),
    bytes: sum('bytes'),
  };
};
