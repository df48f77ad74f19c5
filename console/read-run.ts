import { type SqlBool, sql } from 'kysely';
import type { Db } from '../lib/db/connect.ts';
import type { Json, RunStatus } from '../lib/db/tables.ts';

const TASKS = 200;
const MAILS = 20;

export type RunView = {
  now: Date;
  run_id: string;
  pipeline: string;
  status: RunStatus | null;
  started_at: Date | null;
  finished_at: Date | null;
  duration_ms: number | null;
  trigger: string | null;
  source: string | null;
  error_code: string | null;
  error_message: string | null;
  error_stack: string | null;
  meta: unknown;
  /** Null for a row that others wrote. */
  state: string | null;
  kind: string | null;
  why: string | null;
  slot: Date | null;
  late: boolean | null;
  lane: string | null;
  params: Json | null;
  requested_at: Date | null;
  requested_by: string | null;
  deadline: Date | null;
  wish_why: string | null;
  replay_of: string | null;
  resume_from: string | null;
  range_from: Date | null;
  range_until: Date | null;
  attempt: number | null;
  deaths: number | null;
  wake_at: Date | null;
  cancel_at: Date | null;
  blocked_since: Date | null;
  blocked_why: string | null;
  older: string | null;
  newer: string | null;
};

/** A run or a request for one; undefined when nobody knows the id. */
export async function readRun(db: Db, runId: string): Promise<RunView | undefined> {
  const { rows } = await sql<RunView>`
    select clock() as now, wanted.run_id, coalesce(run.component, request.pipeline) as pipeline,
           run.status, run.started_at, run.finished_at, run.duration_ms,
           coalesce(run.trigger, request.trigger) as trigger, coalesce(run.source, request.source) as source,
           run.error_code, left(run.error_message, 4000) as error_message, left(run.error_stack, 16000) as error_stack,
           run.meta, request.state, request.kind, request.why, request.slot, request.late, request.lane, request.params,
           request.requested_at, request.requested_by, request.deadline,
           request.wish_why, request.replay_of, request.resume_from, request.range_from, request.range_until,
           work.attempt, work.deaths, work.wake_at, work.cancel_at, work.blocked_since, work.blocked_why,
           (select run_id from run_log other
             where other.component = run.component
               and (other.started_at, other.run_id) < (run.started_at, run.run_id)
             order by started_at desc, run_id desc limit 1) as older,
           (select run_id from run_log other
             where other.component = run.component
               and (other.started_at, other.run_id) > (run.started_at, run.run_id)
             order by started_at, run_id limit 1) as newer
      from (select ${runId}::uuid as run_id) wanted
      left join run_log run using (run_id)
      left join run_requests request using (run_id)
      left join run_work work using (run_id)
     where run.run_id is not null or request.run_id is not null`.execute(db);
  return rows[0];
}

export type TaskView = {
  name: string;
  status: RunStatus;
  attempt: number;
  duration_ms: number | null;
  moves_rows: boolean;
  read: number | null;
  written: number | null;
  unchanged: number | null;
  deduped: number | null;
  rejected: number | null;
  failed: number | null;
  progress: Json | null;
  error_message: string | null;
};

/** The tasks of a run in their order. */
export function readTasks(db: Db, runId: string): Promise<TaskView[]> {
  return db
    .selectFrom('task_runs')
    .select(['name', 'status', 'attempt', 'duration_ms', 'moves_rows', 'read', 'written', 'unchanged'])
    .select(['deduped', 'rejected', 'failed', 'progress', 'error_message'])
    .where('run_id', '=', runId)
    .orderBy('position')
    .orderBy('name')
    .limit(TASKS)
    .execute();
}

export type MailView = { transition: string; recipient: string; status: string; sent_at: Date | null };

/** Who was told about a run or the backfill that it is of, and whether the mail has left. */
export function readMails(db: Db, runId: string): Promise<MailView[]> {
  return db
    .selectFrom('alert_notifications')
    .select(['transition', 'recipient', 'status', 'sent_at'])
    .where(
      sql<SqlBool>`subject in (select ${runId} union all
                               select backfill_id::text from run_requests where run_id = ${runId})`,
    )
    .orderBy('id')
    .limit(MAILS)
    .execute();
}
