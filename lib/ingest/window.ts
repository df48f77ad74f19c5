/** Windows of the source by transaction ids: plain `id >` or `time >` loses rows that commit out of order. */
import type { Client } from 'pg';
import { ident, table } from '../db/quote.ts';
import { type CommitRow, newestHorizon } from '../report/commit-row.ts';
import { horizonLag, type Standing } from './horizon-lag.ts';
import { ALL, lookBackSql, settledSql } from './settled.ts';
import { givenName, type IngestSpec } from './spec.ts';

/** What is known of the source as a snapshot shows it. */
type Snapshot = {
  sourceIdentity: string;
  horizon: string;
  asOf: string | null;
  seen: string | null;
  lag: number | null;
  degraded: boolean;
  /** The newest transaction that the source has given an id: what it counts ages from. */
  newest: string;
};

export type Window = Snapshot & {
  previousHorizon: string;
  since: string | null;
  afterId: string;
  /** A hint at the time of its rows, as a condition. */
  lookBack: string;
  reset: string | null;
};

/** The source stands behind what its target was written from: a standby that lags, to be read later. */
export class HorizonBehind extends Error {}

/** What a first page begins after. */
export const BELOW_ALL_IDS = '-9223372036854775808';

/**
 * Opens a snapshot of the source and says which window to read: the one left open, else [previous horizon, horizon).
 * Another source than before (restored, failed over, moved, a table put in its place) is read from the beginning: its
 * transaction ids may have been given twice. So is any when a `reset` was wished for that is not carried out.
 */
export async function openWindow(
  production: Client,
  spec: IngestSpec,
  watermark: CommitRow | undefined,
  report: Client,
  wished?: string,
): Promise<Window> {
  const now = await openSnapshot(production, spec, report);
  const reset = wished ?? watermark?.reset ?? null;
  if (!watermark || !goesOn(watermark, now.sourceIdentity, wished))
    return { ...now, reset, previousHorizon: ALL, since: null, afterId: BELOW_ALL_IDS, lookBack: '' };
  // A commit row may be older than the note of its target.
  await demandNotBehind(production, now.horizon, watermark.horizon);
  const { horizon, asOf = null, seen = null, lag = null, degraded = false } = watermark;
  // What an open window promised to read is as of when it was opened.
  const window = watermark.closed
    ? { ...now, previousHorizon: horizon, since: asOf, afterId: BELOW_ALL_IDS }
    : {
        ...now,
        ...{ horizon, asOf, seen, lag, degraded },
        previousHorizon: watermark.previousHorizon,
        since: watermark.since ?? null,
        afterId: watermark.lastId,
      };
  return { ...window, reset, lookBack: await lookBackSql(production, spec, window.since) };
}

/** Whether a window goes on from a watermark; else it is read from the beginning. */
export const goesOn = (
  { sourceIdentity, reset }: CommitRow,
  identity: string,
  wished: string | undefined,
): boolean => sourceIdentity === identity && (wished === undefined || wished === reset);

/**
 * Opens a snapshot of the source: its horizon, and which source it is. One that stands behind what anybody has written
 * into the target is not read: older rows would overwrite newer ones, and what an open window promised to read may not be
 * visible in it yet.
 */
export async function openSnapshot(production: Client, spec: IngestSpec, report: Client): Promise<Snapshot> {
  await production.query('begin isolation level repeatable read read only');
  const { rows } = await production.query<Standing & { newest: string }>(
    `select xmin::text as horizon, xmax::text as seen, now()::text as "asOf",
            (xmin::text::numeric + age(xmin::xid))::text as newest,
            coalesce((select min(xact_start) from pg_stat_activity where backend_xid = xmin::xid),
                     (select min(prepared) from pg_prepared_xacts where transaction = xmin::xid))::text as oldest,
            concat_ws('/', (select system_identifier from pg_control_system()),
                      (select timeline_id from pg_control_checkpoint()),
                      (select oid from pg_database where datname = current_database()),
                      $1::regclass::oid) as "sourceIdentity"
       from (select pg_snapshot_xmin(now) as xmin, pg_snapshot_xmax(now) as xmax from pg_current_snapshot() now) s`,
    [table(spec.from.table)],
  );
  const { oldest: _, ...now } = rows[0]!;
  const newest = await newestHorizon(report, spec.into, now.sourceIdentity);
  if (newest !== null) await demandNotBehind(production, now.horizon, newest);
  return { ...now, ...(await horizonLag(report, spec, rows[0]!)) };
}

async function demandNotBehind(production: Client, horizon: string, reached: string): Promise<void> {
  if (BigInt(horizon) >= BigInt(reached)) return;
  await closeWindow(production);
  throw new HorizonBehind(`the source's horizon ${horizon} lies behind ${reached}`);
}

/** The rows of a window after an id, as a COPY query; the first window takes whatever is visible. */
export const windowSql = (
  spec: IngestSpec,
  window: Pick<Window, 'previousHorizon' | 'horizon' | 'newest' | 'lookBack' | 'afterId'>,
  limit: number,
): string => rowsSql(spec, window, settledSql(window) + window.lookBack, limit);

/** Rows after an id that also meet a condition (` and …`), as a COPY query. */
export const rowsSql = (
  spec: IngestSpec,
  { afterId }: Pick<Window, 'afterId'>,
  condition: string,
  limit: number,
): string => {
  const id = ident(spec.from.id);
  return `${selectSql(spec)} where ${id} > '${afterId}'::bigint${condition} order by ${id} limit ${limit}`;
};

/** All rows of the source, with the columns that an ingest brings. */
export function selectSql({ from, columns, absent }: IngestSpec): string {
  const given = (name: string | undefined) => (name === undefined ? 'null' : ident(name));
  const brought = Object.entries(columns).map(([name, column]) =>
    absent.includes(name) ? undefined : givenName(name, column),
  );
  const read = [from.id, from.source, from.receivedAt, ...brought].map(given);
  return `select ${read.join(', ')} from ${table(from.table)}`;
}

/** Lets the source's snapshot go. */
export async function closeWindow(production: Client): Promise<void> {
  await production.query('rollback');
}
