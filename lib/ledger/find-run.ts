/** One run with all that is known of it: its request, its work and who did it, its tasks, its last lines. */
import { ofOneMoment } from '../boundary.ts';
import type { Db } from '../db/connect.ts';
import { findSlices } from './slices.ts';

const LAST_LINES = 20;
const MOST_REPLAYS = 100;

/**
 * A run, or a request that has not become one (its status is null); undefined when neither is known. All is of one moment:
 * who sees the end of a run sees no task of it that goes on.
 */
export function findRun(db: Db, runId: string) {
  return db.isTransaction ? readRun(db, runId) : ofOneMoment(db, (moment) => readRun(moment, runId));
}

async function readRun(db: Db, runId: string) {
  const [run, wish, replays, live, worked, tasks, logs, leftOut] = await Promise.all([
    db.selectFrom('run_log').selectAll().where('run_id', '=', runId).executeTakeFirst(),
    findRequest(db, runId),
    findReplays(db, runId),
    findWork(db, runId),
    findSlices(db, runId),
    findTasks(db, runId),
    findLastLines(db, runId),
    findLeftOut(db, runId),
  ]);
  const { attempts, slices } = worked;
  const known = { replays, work: live ?? null, attempts, tasks, slices, logs, left_out: leftOut ?? null };
  if (!wish) return run && { ...run, request: null, ...known };
  const { run_id, trigger, source, resume_from: task, ...rest } = wish;
  const request = { ...rest, resumed_from: task && { run_id: rest.replay_of, task } };
  const base = run ?? { ...notBegun, run_id, component: request.pipeline, trigger, source };
  return { ...base, request, ...known };
}

/** What `run_log` does not hold yet. */
const notBegun = {
  status: null,
  started_at: null,
  finished_at: null,
  duration_ms: null,
  error_code: null,
  error_message: null,
  error_stack: null,
  meta: null,
  tags: [],
};

function findRequest(db: Db, runId: string) {
  return db
    .selectFrom('run_requests')
    .select([
      'pipeline',
      'kind',
      'lane',
      'slot',
      'state',
      'why',
      'late',
      'params',
      'requested_at',
      'requested_by',
      'wish_why',
    ])
    .select(['deadline', 'admitted_at', 'ended_at', 'replay_of', 'resume_from'])
    .select(['run_id', 'trigger', 'source'])
    .where('run_id', '=', runId)
    .executeTakeFirst();
}

/** The runs that did it again, oldest first. */
async function findReplays(db: Db, runId: string): Promise<string[]> {
  const rows = await db
    .selectFrom('run_requests')
    .select('run_id')
    .where('replay_of', '=', runId)
    .orderBy('ordinal')
    .limit(MOST_REPLAYS)
    .execute();
  return rows.map(({ run_id }) => run_id);
}

function findWork(db: Db, runId: string) {
  return db
    .selectFrom('run_work')
    .select([
      'attempt',
      'checkpoint',
      'deaths',
      'wake_at',
      'deadline',
      'blocked_since',
      'blocked_why',
      'cancel_at',
      'cancel_by',
      'cancel_why',
    ])
    .where('run_id', '=', runId)
    .executeTakeFirst();
}

function findTasks(db: Db, runId: string) {
  return db
    .selectFrom('task_runs')
    .select(['id', 'name', 'position', 'status', 'attempt', 'started_at', 'finished_at', 'duration_ms'])
    .select([
      'read',
      'written',
      'unchanged',
      'deduped',
      'rejected',
      'failed',
      'progress',
      'meta',
      'error_message',
    ])
    .where('run_id', '=', runId)
    .orderBy('position')
    .execute();
}

async function findLastLines(db: Db, runId: string) {
  const lines = await db
    .selectFrom('logs')
    .select([
      'id',
      'type',
      'job_run_id',
      'task_run_id',
      'timestamp',
      'level',
      'stream',
      'message',
      'metadata',
    ])
    .where('job_run_id', '=', runId)
    .orderBy('timestamp', 'desc')
    .orderBy('id', 'desc')
    .limit(LAST_LINES)
    .execute();
  return lines.reverse();
}

/** Lines of its log that are not kept; undefined when all are. */
function findLeftOut(db: Db, runId: string) {
  return db
    .selectFrom('log_counts')
    .select(['repeated', 'over_budget', 'crowded_out'])
    .where('run_id', '=', runId)
    .where((is) => is.or([is('repeated', '>', 0), is('over_budget', '>', 0), is('crowded_out', '>', 0)]))
    .executeTakeFirst();
}
