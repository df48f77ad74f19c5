import { sql } from 'kysely';
import type { Db } from '../db/connect.ts';
import type { Tx } from '../events/outbox.ts';

/** Runs whose durations are looked at. */
const RUNS = 20;

/** About how many milliseconds so many runs take, so many at once: by the last that succeeded; null without any. */
export async function estimate(
  db: Db | Tx,
  pipeline: string,
  runs: number,
  concurrency: number,
): Promise<number | null> {
  const { rows } = await sql<{ median: number | null }>`
    select percentile_cont(0.5) within group (order by duration_ms) as median
      from (select duration_ms from run_log
             where component = ${pipeline} and status = 'SUCCESS'
             order by started_at desc limit ${RUNS}) lately`.execute(db);
  const median = rows[0]?.median ?? null;
  return median === null ? null : Math.round(Math.ceil(runs / concurrency) * median);
}
