import { type RawBuilder, sql } from 'kysely';
import type { Db } from '../lib/db/connect.ts';
import type { RunStatus } from '../lib/db/tables.ts';

/** Runs on one page. */
export const LATEST = 20;

export type LatestRun = {
  run_id: string;
  component: string;
  status: RunStatus;
  started_at: Date;
  duration_ms: number | null;
  trigger: string | null;
  source: string | null;
  error_code: string | null;
  error_message: string | null;
  /** What others write into `meta` may be anything. */
  written: unknown;
  rejected: unknown;
  slot: Date | null;
  late: boolean | null;
  attempt: number | null;
  wake_at: Date | null;
  blocked_why: string | null;
};

/** The newest runs, foreign rows too, or those that began before the run `before`; one more than a page shows. */
export function readLatestRuns(db: Db, before?: string): Promise<LatestRun[]> {
  const page = before
    ? sql`where (started_at, run_id) < ((select started_at from run_log where run_id = ${before}), ${before})`
    : sql``;
  return readThese(
    db,
    sql`select * from run_log ${page} order by started_at desc, run_id desc limit ${LATEST + 1}`,
  );
}

/** The runs of these ids, newest first. */
export const readRunsOf = (db: Db, ids: readonly (string | undefined)[]): Promise<LatestRun[]> =>
  readThese(db, sql`select * from run_log where run_id = any (${ids}::uuid[])`);

async function readThese(db: Db, runs: RawBuilder<unknown>): Promise<LatestRun[]> {
  const { rows } = await sql<LatestRun>`
    select run.run_id, run.component, run.status, run.started_at, run.duration_ms, run.trigger, run.source,
           run.error_code, left(run.error_message, 400) as error_message,
           coalesce(to_jsonb(live.written), run.meta -> 'written') as written,
           coalesce(to_jsonb(live.rejected), run.meta -> 'rejected') as rejected,
           request.slot, request.late, work.attempt, work.wake_at, work.blocked_why
      from (${runs}) run
      left join run_requests request using (run_id)
      left join run_work work using (run_id)
      left join lateral (
        select sum(written) as written, sum(rejected) as rejected
          from task_runs where task_runs.run_id = run.run_id and run.status = 'STARTED') live on true
     order by run.started_at desc, run.run_id desc`.execute(db);
  return rows;
}
