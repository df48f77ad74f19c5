/** Windows of the source by transaction ids: plain `id >` or `time >` loses rows that commit out of order. */
import type { Client } from 'pg';
import { ident, table } from '../db/quote.ts';
import { type CommitRow, newestHorizon } from '../report/commit-row.ts';
import { givenName, type IngestSpec } from './spec.ts';

export type Window = { sourceIdentity: string; previousHorizon: string; horizon: string; afterId: string };

/** The source stands behind what its target was written from: a standby that lags, to be read later. */
export class HorizonBehind extends Error {}

const ALL = '0';
/** What a first page begins after. */
export const BELOW_ALL_IDS = '-9223372036854775808';
/** Rows carry 32 bits of their transaction's id, horizons all 64. */
const CIRCLE = 2n ** 32n;

/**
 * Opens a snapshot of the source and says which window to read: the one left open, else [previous horizon, horizon).
 * Another source than before (restored, failed over, moved, a table put in its place) is read from the beginning: its
 * transaction ids may have been given twice.
 */
export async function openWindow(
  production: Client,
  spec: IngestSpec,
  watermark: CommitRow | undefined,
  report: Client,
): Promise<Window> {
  const { horizon, sourceIdentity } = await openSnapshot(production, spec, report);
  const known = watermark?.sourceIdentity === sourceIdentity ? watermark : undefined;
  if (!known) return { sourceIdentity, previousHorizon: ALL, horizon, afterId: BELOW_ALL_IDS };
  // A commit row may be older than the note of its target.
  await demandNotBehind(production, horizon, known.horizon);
  return known.closed
    ? { sourceIdentity, previousHorizon: known.horizon, horizon, afterId: BELOW_ALL_IDS }
    : {
        sourceIdentity,
        previousHorizon: known.previousHorizon,
        horizon: known.horizon,
        afterId: known.lastId,
      };
}

/**
 * Opens a snapshot of the source: its horizon, and which source it is. One that stands behind what anybody has written
 * into the target is not read: older rows would overwrite newer ones, and what an open window promised to read may not be
 * visible in it yet.
 */
export async function openSnapshot(
  production: Client,
  spec: IngestSpec,
  report: Client,
): Promise<Pick<Window, 'horizon' | 'sourceIdentity'>> {
  await production.query('begin isolation level repeatable read read only');
  const { rows } = await production.query<{ horizon: string; identity: string }>(
    `select pg_snapshot_xmin(pg_current_snapshot())::text as horizon,
            concat_ws('/', (select system_identifier from pg_control_system()),
                      (select timeline_id from pg_control_checkpoint()),
                      (select oid from pg_database where datname = current_database()),
                      $1::regclass::oid) as identity`,
    [table(spec.from.table)],
  );
  const { horizon, identity } = rows[0]!;
  const newest = await newestHorizon(report, spec.into, identity);
  if (newest !== null) await demandNotBehind(production, horizon, newest);
  return { horizon, sourceIdentity: identity };
}

async function demandNotBehind(production: Client, horizon: string, reached: string): Promise<void> {
  if (BigInt(horizon) >= BigInt(reached)) return;
  await closeWindow(production);
  throw new HorizonBehind(`the source's horizon ${horizon} lies behind ${reached}`);
}

/** The rows of a window after an id, as a COPY query; the first window takes whatever is visible. */
export const windowSql = (spec: IngestSpec, window: Window, limit: number): string =>
  rowsSql(spec, window, settled(window), limit);

/** Rows after an id that also meet a condition (` and …`), as a COPY query. */
export function rowsSql(spec: IngestSpec, { afterId }: Window, condition: string, limit: number): string {
  const { id, receivedAt, source } = spec.from;
  const given = (name: string | undefined) => (name === undefined ? 'null' : ident(name));
  const brought = Object.entries(spec.columns).map(([name, column]) => givenName(name, column));
  const columns = [id, source, receivedAt, ...brought].map(given);
  return `select ${columns.join(', ')} from ${table(spec.from.table)}
           where ${ident(id)} > '${afterId}'::bigint${condition}
           order by ${ident(id)} limit ${limit}`;
}

/** Ages on the circle, seen from the horizon: 1 is the newest settled transaction. */
function settled({ previousHorizon, horizon }: Window): string {
  const span = BigInt(horizon) - BigInt(previousHorizon);
  if (previousHorizon === ALL || span >= CIRCLE) return '';
  const age = `((${BigInt(horizon) % CIRCLE} - xmin::text::bigint + ${CIRCLE}) % ${CIRCLE})`;
  return ` and ${age} between 1 and ${span}`;
}

/** Lets the source's snapshot go. */
export async function closeWindow(production: Client): Promise<void> {
  await production.query('rollback');
}
