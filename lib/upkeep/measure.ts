/** How large each table is, noted once a day: from that its growth is known. */
import { sql } from 'kysely';
import { commit } from '../boundary.ts';
import type { Db } from '../db/connect.ts';

/** The name under which the whole is measured, and may be limited. */
export const DATABASE = 'database';

/** Every table of ours with its indexes; partitions count as their table. */
const sizes = sql`
  select class.relname::text as table_name, sum(pg_total_relation_size(part.relid))::bigint as bytes,
         -- Never analysed: nobody knows.
         case when bool_or(leaf.reltuples >= 0) then sum(greatest(leaf.reltuples, 0))::bigint end as rows
    from pg_class class
    cross join lateral (
      select relid from pg_partition_tree(class.oid) where isleaf
      union select class.oid where class.relkind = 'r') part (relid)
    join pg_class leaf on leaf.oid = part.relid
   where class.relkind in ('r', 'p') and not class.relispartition
     and class.relnamespace in (to_regnamespace('public'), to_regnamespace('operation_logs'))
   group by class.relname
  union all
  select ${DATABASE}, pg_database_size(current_database()), null`;

/** Notes today's sizes. */
export async function measure(db: Db): Promise<void> {
  await commit('measure', db, async (tx) => {
    await sql`
      insert into table_sizes (table_name, day, bytes, rows)
      select table_name, (clock() at time zone 'UTC')::date, bytes, rows from (${sizes}) size
      on conflict (table_name, day) do update set bytes = excluded.bytes, rows = excluded.rows`.execute(tx);
  });
}

export type TableGrowth = {
  table: string;
  bytes: number;
  rows: number | null;
  /** Over the days that were measured, two weeks at most; null: not yet known. */
  bytes_per_day: number | null;
  limit_bytes: number | null;
  /** At this growth: until its own limit, else until it alone has filled what the database's limit leaves. */
  days_to_limit: number | null;
};

type Measured = Omit<TableGrowth, 'days_to_limit'>;

/** Each table as it is now, the largest first, and the whole above all. */
export async function readGrowth(db: Db): Promise<TableGrowth[]> {
  const { rows } = await sql<Measured>`
    select size.table_name as table, size.bytes, size.rows, limits.bytes as limit_bytes,
           ((size.bytes - earlier.bytes) / earlier.days)::bigint as bytes_per_day
      from (${sizes}) size
      left join table_limits limits using (table_name)
      left join lateral (
        select bytes, (clock() at time zone 'UTC')::date - day as days from table_sizes
         where table_sizes.table_name = size.table_name
           and day between (clock() at time zone 'UTC')::date - 14 and (clock() at time zone 'UTC')::date - 1
         order by day limit 1) earlier on true
     order by size.table_name <> ${DATABASE}, size.bytes desc, size.table_name`.execute(db);
  const whole = rows.find(({ table }) => table === DATABASE);
  return rows.map((row) => ({ ...row, days_to_limit: daysToLimit(row, whole) }));
}

function daysToLimit(
  { bytes, bytes_per_day, limit_bytes }: Measured,
  whole: Measured | undefined,
): number | null {
  const room =
    limit_bytes !== null ? limit_bytes - bytes : whole?.limit_bytes ? whole.limit_bytes - whole.bytes : null;
  if (room === null) return null;
  if (room <= 0) return 0;
  if (bytes_per_day === null || bytes_per_day <= 0) return null;
  return Math.floor(room / bytes_per_day);
}
