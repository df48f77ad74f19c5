import { pipeline } from 'node:stream/promises';
import type { Client } from 'pg';
import { from as copyFrom, to as copyTo } from 'pg-copy-streams';
import { ident } from '../db/quote.ts';
import type { IngestSpec } from './spec.ts';

/** Copies the rows of a query into a new staging table, as text and untouched by JavaScript. */
export async function stage(
  production: Client,
  report: Client,
  spec: IngestSpec,
  query: string,
  staged: string,
  signal: AbortSignal,
): Promise<{ read: number; lastId: string | undefined }> {
  const texts = Object.keys(spec.columns).map((column) => `${ident(column)} text`);
  await report.query(
    `create unlogged table ${staged}
       (ks_source_id bigint, ks_source text, ks_received_at timestamptz, ${texts.join(', ')})`,
  );
  await pipeline(
    production.query(copyTo(`copy (${query}) to stdout`)),
    report.query(copyFrom(`copy ${staged} from stdin`)),
    { signal },
  );
  const { rows } = await report.query<{ read: number; last_id: string | null }>(
    `select count(*) as read, max(ks_source_id)::text as last_id from ${staged}`,
  );
  return { read: rows[0]!.read, lastId: rows[0]!.last_id ?? undefined };
}
