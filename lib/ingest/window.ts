/** Windows of the source by transaction ids: plain `id >` or `time >` loses rows that commit out of order. */
import type { Client } from 'pg';
import type { CommitRow } from './commit-row.ts';
import { type IngestSpec, ident } from './spec.ts';

export type Window = { sourceIdentity: string; previousHorizon: string; horizon: string; afterId: number };

/** The source stands behind what was read before: a standby that lags, to be read later. */
export class HorizonBehind extends Error {}

const ALL = '0';

/**
 * Opens a snapshot of the source and says which window to read: the one left open, else [previous horizon, horizon).
 * Another source than before (restored, moved) is read from the beginning.
 */
export async function openWindow(production: Client, watermark: CommitRow | undefined): Promise<Window> {
  await production.query('begin isolation level repeatable read read only');
  const { rows } = await production.query<{ horizon: string; identity: string }>(
    `select pg_snapshot_xmin(pg_current_snapshot())::text as horizon,
            (select system_identifier from pg_control_system()) || '/' ||
            (select oid from pg_database where datname = current_database()) as identity`,
  );
  const { horizon, identity } = rows[0]!;
  const known = watermark?.sourceIdentity === identity ? watermark : undefined;
  if (!known) return { sourceIdentity: identity, previousHorizon: ALL, horizon, afterId: 0 };
  if (!known.closed) {
    const { previousHorizon, horizon: until, lastId } = known;
    return { sourceIdentity: identity, previousHorizon, horizon: until, afterId: lastId };
  }
  if (BigInt(horizon) < BigInt(known.horizon)) {
    throw new HorizonBehind(`the source's horizon ${horizon} lies behind ${known.horizon}`);
  }
  return { sourceIdentity: identity, previousHorizon: known.horizon, horizon, afterId: 0 };
}

/** The rows of a window after an id, as a COPY query; the first window takes whatever is visible. */
export function windowSql(spec: IngestSpec, window: Window, limit: number): string {
  const { id, table, receivedAt, source } = spec.from;
  const columns = [id, source, receivedAt, ...Object.keys(spec.columns)].map(ident);
  // Ages in the 32-bit circle of row ids, seen from the horizon: 1 is the newest settled transaction.
  const age = `((${BigInt(window.horizon) % 2n ** 32n} - xmin::text::bigint + 4294967296) % 4294967296)`;
  const span = BigInt(window.horizon) - BigInt(window.previousHorizon);
  const settled = window.previousHorizon === ALL ? '' : ` and ${age} between 1 and ${span}`;
  return `select ${columns.join(', ')} from ${ident(table)}
           where ${ident(id)} > ${window.afterId}${settled}
           order by ${ident(id)} limit ${limit}`;
}

/** Lets the source's snapshot go. */
export async function closeWindow(production: Client): Promise<void> {
  await production.query('rollback').catch(() => {});
}
