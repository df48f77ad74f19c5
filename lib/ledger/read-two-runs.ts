/** What two runs are compared by. */
import { sql } from 'kysely';
import type { Db } from '../db/connect.ts';
import type { Json, RunStatus, Source, Trigger } from '../db/tables.ts';

/** Tasks of a run that are compared. */
const MOST_TASKS = 200;

export type RunSide = {
  run_id: string;
  pipeline: string;
  status: RunStatus | null;
  started_at: Date | null;
  finished_at: Date | null;
  duration_ms: number | null;
  trigger: Trigger | null;
  source: Source | null;
  lane: string | null;
  slot: Date | null;
  error_code: string | null;
  error_message: string | null;
  params: Json | null;
  /** From the wish for it to its beginning. */
  wait_ms: number | null;
  /** Of all its slices: how long they waited for a worker, how long workers took to start, and worked. */
  queue_ms: number | null;
  cold_start_ms: number | null;
  work_ms: number | null;
  attempts: number | null;
  slices: number | null;
  code: string | null;
  revision: string | null;
  config_hash: string | null;
};

/** A run or a request; undefined when nobody knows the id. */
export async function readSide(db: Db, runId: string): Promise<RunSide | undefined> {
  const { rows } = await sql<RunSide>`
    select wanted.run_id, coalesce(run.component, request.pipeline) as pipeline, run.status, run.started_at,
           run.finished_at, run.duration_ms, coalesce(run.trigger, request.trigger) as trigger,
           coalesce(run.source, request.source) as source, request.lane, request.slot, run.error_code,
           left(run.error_message, 4000) as error_message, request.params,
           (extract(epoch from run.started_at - request.requested_at) * 1000)::bigint as wait_ms,
           slice.queue_ms, slice.cold_start_ms, slice.work_ms, slice.attempts, slice.slices,
           slice.code, slice.revision, slice.config_hash
      from (select ${runId}::uuid as run_id) wanted
      left join run_log run using (run_id)
      left join run_requests request using (run_id)
      cross join lateral (
        select (sum(extract(epoch from claimed_at - queued_at)) * 1000)::bigint as queue_ms,
               sum(cold_start_ms)::bigint as cold_start_ms,
               (sum(extract(epoch from left_at - claimed_at)) * 1000)::bigint as work_ms,
               max(attempt) as attempts, nullif(count(*), 0)::int as slices,
               (array_agg(code order by epoch desc))[1] as code,
               (array_agg(revision order by epoch desc))[1] as revision,
               (array_agg(config_hash order by epoch desc))[1] as config_hash
          from run_slices where run_slices.run_id = wanted.run_id) slice
     where run.run_id is not null or request.run_id is not null`.execute(db);
  return rows[0];
}

/** The last SUCCESS of the same lane before a run; of a run that others recorded, of the same component. */
export async function lastSuccessBefore(db: Db, runId: string): Promise<string | undefined> {
  const { rows } = await sql<{ run_id: string | null }>`
    select case when request.run_id is null then (
             select other.run_id from run_log other
              where other.component = run.component and other.status = 'SUCCESS'
                and (other.started_at, other.run_id) < (run.started_at, run.run_id)
              order by other.started_at desc, other.run_id desc limit 1)
           else (
             select other.run_id from run_requests other join run_log ended using (run_id)
              where other.pipeline = request.pipeline and other.lane = request.lane and other.state = 'ran'
                and (other.ended_at, other.ordinal) < (coalesce(request.ended_at, 'infinity'), request.ordinal)
                and ended.status = 'SUCCESS'
              order by other.ended_at desc, other.ordinal desc limit 1) end as run_id
      from (select ${runId}::uuid as run_id) wanted
      left join run_log run using (run_id)
      left join run_requests request using (run_id)`.execute(db);
  return rows[0]?.run_id ?? undefined;
}

export type TaskSide = Awaited<ReturnType<typeof readTaskSides>>[number];

/** The tasks of a run, in their order. */
export const readTaskSides = (db: Db, runId: string) =>
  db
    .selectFrom('task_runs')
    .select(['name', 'status', 'attempt', 'duration_ms', 'error_message'])
    .select(['read', 'written', 'unchanged', 'deduped', 'rejected', 'failed'])
    .where('run_id', '=', runId)
    .orderBy('position')
    .orderBy('name')
    .limit(MOST_TASKS)
    .execute();
