/** How far a source's horizon lies behind its own time: the age of the oldest transaction that still writes. */
import type { Client } from 'pg';
import type { IngestSpec } from './spec.ts';

/** Seconds of lag from which a pipeline counts as degraded, where its file says nothing. */
const DEGRADED_AFTER = 900;

/** The source as a snapshot found it. */
export type Standing = {
  sourceIdentity: string;
  horizon: string;
  /** The source's own time, as PostgreSQL writes it. */
  asOf: string;
  /** Below this every transaction had begun. */
  seen: string;
  /** When the transaction at the horizon began, as far as this login may know; null: it may not, or there is none. */
  oldest: string | null;
};

type Lag = { lag: number | null; degraded: boolean };

/**
 * The lag in seconds. Where the login may not see when others began, it is counted from the last batch that ran before
 * the transaction at the horizon did: never too little.
 */
export async function horizonLag(report: Client, spec: IngestSpec, now: Standing): Promise<Lag> {
  if (now.horizon === now.seen) return { lag: 0, degraded: false };
  const began = now.oldest ?? (await lastSeenWithout(report, spec, now));
  if (began === null) return { lag: null, degraded: false };
  const lag = Math.max(0, (Date.parse(iso(now.asOf)) - Date.parse(iso(began))) / SECOND);
  return { lag, degraded: lag > (spec.degradedAfter ?? DEGRADED_AFTER) };
}

const SECOND = 1000;

/** PostgreSQL writes `2026-01-31 10:00:00.123456+00`. */
const iso = (time: string) => time.replace(' ', 'T').replace(/\+00$/, 'Z');

async function lastSeenWithout(
  report: Client,
  { into }: IngestSpec,
  { sourceIdentity, horizon }: Standing,
): Promise<string | null> {
  const { rows } = await report.query<{ as_of: string | null }>(
    `select as_of::text from kubescribe.commits
      where target = $1 and source_identity = $2 and seen <= $3 and as_of is not null
      order by commit_id desc limit 1`,
    [into, sourceIdentity, horizon],
  );
  return rows[0]?.as_of ?? null;
}
