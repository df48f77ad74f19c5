/** The columns of a source as they are, and as they were when its target was last written from it. */
import type { Client } from 'pg';
import { table } from '../db/quote.ts';
import type { ColumnType, IngestSpec } from './spec.ts';

/** A column of a source; `brought`: it was added to the target as this since. `loose`: its type was another once. */
type KnownColumn = { type: string; brought?: ColumnType; loose?: true };
export type KnownColumns = Record<string, KnownColumn>;

/** The columns that a source has. */
export async function readColumns(production: Client, { from }: IngestSpec): Promise<KnownColumns> {
  const { rows } = await production.query<{ name: string; type: string }>(
    `select attname as name, format_type(atttypid, atttypmod) as type
       from pg_attribute where attrelid = to_regclass($1) and attnum > 0 and not attisdropped order by attnum`,
    [table(from.table)],
  );
  return Object.fromEntries(rows.map(({ name, type }) => [name, { type }]));
}

/** The columns that it had; undefined when it was never read. */
export async function recallColumns(
  report: Client,
  { from, into }: IngestSpec,
): Promise<KnownColumns | undefined> {
  const { rows } = await report.query<{ columns: KnownColumns }>(
    'select columns from kubescribe.source_columns where target = $1 and source = $2',
    [into, from.table],
  );
  return rows[0]?.columns;
}

/** Keeps the columns that it has. */
export async function rememberColumns(
  report: Client,
  { from, into }: IngestSpec,
  columns: KnownColumns,
): Promise<void> {
  await report.query(
    `insert into kubescribe.source_columns (target, source, columns) values ($1, $2, $3)
     on conflict (target, source) do update set columns = excluded.columns, seen_at = statement_timestamp()`,
    [into, from.table, JSON.stringify(columns)],
  );
}
