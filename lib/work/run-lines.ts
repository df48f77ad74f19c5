/** What the log of a run says of its course, in the promised words: a part of the statements that make it. */
import { type RawBuilder, sql } from 'kysely';
import type { Json, Work } from '../db/tables.ts';
import { durationText, members, said, saidJson, saying } from '../logs/saying.ts';
import type { End } from './end.ts';
import type { Cause } from './evidence.ts';

/** What a run begins with. */
export type Opening = { parameters: Json; tasks: number };

/** Past runs that an estimate is taken from. */
const PAST = 20;

/** The median of the newest runs that went well, in ms; null before there is one. */
const estimate = (pipeline: string) => sql`
  (select (percentile_cont(0.5) within group (order by duration_ms))::numeric
     from (select status, duration_ms from run_log where component = ${pipeline}::text
            order by started_at desc, run_id desc limit ${sql.lit(PAST)}) past
    where status = 'SUCCESS')`;

/** Says that a task begins or is tried again, and before a run's first that the run does; `begun` is its row. */
export const sayingStart = (
  work: Work,
  { parameters, tasks }: Opening,
  begun: RawBuilder<unknown>,
): RawBuilder<unknown> =>
  saying(
    work,
    sql`
    select 'job', null::uuid, 'info', 'system', 'Job started',
           ${members(sql`'job_name', ${work.pipeline}::text, 'total_tasks', ${tasks}::int,
             'estimated_duration', ${durationText(sql`past.ms`)}, 'estimated_duration_ms', round(past.ms)`)}
             || jsonb_build_object('parameters', ${saidJson(parameters)})
      from (select ${estimate(work.pipeline)} as ms) past
     where not exists (select from task_runs where run_id = ${work.run_id}::uuid)
    union all
    select 'task', id, 'info', 'stdout', 'Task started',
           ${members(sql`'task_name', name, 'attempt', attempt, 'retry_count', attempt - 1`)}
      from ${begun} where fresh`,
  );

/** Says that a task is done, once; `done` is its row, with its status before. */
export const sayingDone = (work: Work, done: RawBuilder<unknown>): RawBuilder<unknown> =>
  saying(
    work,
    sql`
    select 'task', id, 'info', 'stdout', 'Task completed',
           ${members(sql`'task_name', name, 'duration', ${durationText(sql`duration_ms`)},
             'duration_ms', duration_ms, 'retry_count', attempt - 1`)}
      from ${done} where before = 'STARTED'`,
  );

const failure = ({ code, message, of }: Cause) => sql`
  'error', ${said(message ?? code)}, 'error_code', ${said(code)}, 'error_class', ${said(of)}`;

/** Says why an attempt failed that is followed by another: of the task that it was at, if it was at one. */
export const sayingRetry = (work: Work, cause: Cause, left: RawBuilder<unknown>): RawBuilder<unknown> =>
  saying(
    work,
    sql`
    select case when id is null then 'job' else 'task' end, id, 'error',
           case when id is null then 'system' else 'stderr' end,
           case when id is null then 'Attempt failed' else 'Task failed' end,
           ${members(sql`'task_name', name, ${failure(cause)}, 'retry_count', ${work.attempt}::int - 1,
             'retried_at', later.wake_at`)}
      from ${left} later
      left join task_runs on task_runs.run_id = ${work.run_id}::uuid and status = 'STARTED'`,
  );

const words: Record<End['status'], { level: string; message: string; task: string }> = {
  SUCCESS: { level: 'info', message: 'Job completed', task: 'Task completed' },
  ERROR: { level: 'error', message: 'Job failed', task: 'Task failed' },
  TIMEOUT: { level: 'error', message: 'Job failed', task: 'Task failed' },
  CANCELLED: { level: 'warn', message: 'Job cancelled', task: 'Task cancelled' },
};

/** Says how a run ended, and which tasks it took along; `closed` are the tasks, `logged` is the run as it is now. */
export const sayingEnd = (
  work: Work,
  end: End,
  closed: RawBuilder<unknown>,
  logged: RawBuilder<unknown>,
): RawBuilder<unknown> => {
  const { level, message, task } = words[end.status];
  return saying(
    work,
    sql`
    select 'task', closed.id, ${sql.lit(level)}, 'stderr', ${sql.lit(task)},
           ${members(sql`'task_name', name, ${failure(end)}, 'retry_count', ${work.attempt}::int - 1`)}
      from ${closed} closed join ${logged} on true
    union all
    select 'job', null, ${sql.lit(level)}, 'system', ${sql.lit(message)},
           ${members(sql`'job_name', ${work.pipeline}::text, 'status', ${sql.lit(end.status)}, ${failure(end)},
             'duration', ${durationText(sql`duration_ms`)}, 'duration_ms', duration_ms,
             'attempts', ${work.attempt}::int, 'read', meta -> 'read', 'written', meta -> 'written',
             'rejected', meta -> 'rejected'`)}
      from ${logged}`,
  );
};
