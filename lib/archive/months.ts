/** Months of evidence that were written to files, and those that are to be before they are deleted. */
import type { Client } from 'pg';
import { ident } from '../db/quote.ts';

export type Month = { part: string; table_name: string; from_time: string; until_time: string };

/** Months that are older than they are kept and in no file, or of which rows came since, the oldest first. */
export async function dueMonths(client: Client): Promise<Month[]> {
  const { rows } = await client.query<Month & { kept: string | null }>(`
    select class.relname as part, parent.relname as table_name,
           (months.first at time zone 'UTC')::text as from_time,
           ((months.first + interval '1 month') at time zone 'UTC')::text as until_time, archive.rows as kept
      from retention
      join pg_class parent on parent.relname = retention.of and parent.relnamespace = 'operation_logs'::regnamespace
      join pg_inherits on inhparent = parent.oid
      join pg_class class on class.oid = inhrelid and class.relname ~ '_\\d{6}$'
     cross join lateral (select to_date(right(class.relname, 6), 'YYYYMM')::timestamp) months (first)
      left join evidence_archives archive on archive.part = class.relname and archive.dropped_at is null
     where months.first + interval '1 month' <= (clock() - keep) at time zone 'UTC'
     order by months.first, parent.relname`);
  const due: Month[] = [];
  for (const { kept, ...month } of rows)
    if (kept === null || (await countOf(client, month)) !== Number(kept)) due.push(month);
  return due;
}

/** How many rows a month has. */
export async function countOf(client: Client, { table_name, from_time, until_time }: Month): Promise<number> {
  const { rows } = await client.query<{ n: string }>(
    `select count(*) as n from operation_logs.${ident(table_name)}
      where log_time >= $1::timestamptz and log_time < $2::timestamptz`,
    [from_time, until_time],
  );
  return Number(rows[0]!.n);
}

export type Archived = {
  part: string;
  file: string;
  rows: number;
  bytes: number;
  archived_at: Date;
  dropped_at: Date | null;
  held_until: Date | null;
};

/** The months that are in files, the oldest first. */
export async function listArchives(client: Client): Promise<Archived[]> {
  const { rows } = await client.query<Archived>(
    `select part, file, rows, bytes, archived_at, dropped_at, held_until from evidence_archives
      order by from_time, part`,
  );
  return rows.map((row) => ({ ...row, rows: Number(row.rows), bytes: Number(row.bytes) }));
}
