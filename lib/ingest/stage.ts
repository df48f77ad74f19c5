import { pipeline } from 'node:stream/promises';
import type { Client } from 'pg';
import { from as copyFrom, to as copyTo } from 'pg-copy-streams';
import { type IngestSpec, ident } from './spec.ts';

/** Copies the rows of a query into a new staging table, as text and untouched by JavaScript. */
export async function stage(
  production: Client,
  report: Client,
  spec: IngestSpec,
  query: string,
  table: string,
  signal: AbortSignal,
): Promise<{ read: number; lastId: number }> {
  const texts = Object.keys(spec.columns).map((column) => `${ident(column)} text`);
  await report.query(
    `create unlogged table ${table} (row_id bigint, row_source text, received_at timestamptz, ${texts.join(', ')})`,
  );
  await pipeline(
    production.query(copyTo(`copy (${query}) to stdout`)),
    report.query(copyFrom(`copy ${table} from stdin`)),
    { signal },
  );
  const { rows } = await report.query<{ read: number; last_id: number | null }>(
    `select count(*) as read, max(row_id) as last_id from ${table}`,
  );
  return { read: rows[0]!.read, lastId: rows[0]!.last_id ?? 0 };
}
