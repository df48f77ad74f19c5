/** The end of a run: one transaction by a new epoch, which also admits the next request of its lane. */
import { sql } from 'kysely';
import type { Json, RunStatus, Work } from '../db/tables.ts';
import type { EventName } from '../events/event-types.ts';
import { emit, markHeard, type Tx } from '../events/outbox.ts';
import type { ErrorClass } from '../pipeline/options.ts';
import { expireAndAdmit } from '../requests/admit.ts';
import { lockPipeline } from '../requests/pipeline-lock.ts';
import { LeaseLost } from './claim.ts';
import { buryDead, closeSlice } from './evidence.ts';
import { DEATHS, LEASE_INTERVAL } from './numbers.ts';
import { pauseAfterFailures } from './pause-after-failures.ts';

export type End = {
  status: Exclude<RunStatus, 'STARTED'>;
  of?: ErrorClass | undefined;
  code?: string;
  message?: string;
  stack?: string | undefined;
};

/** Work as the statement saw it that took its epoch. */
export type Taken = Work & { overdue: boolean };

/**
 * Takes the epoch by which a run is ended: the worker's own by naming it, else one whose lease has expired, or is free
 * and something calls for the end (what a sweep saw before may have gone on, and sleep). With an epoch that was drawn
 * before, the worker may take twice: the first time may have landed without its answer.
 * What it returns, the report-touched mark above all, is the only reading that counts from here on.
 */
export async function takeForEnd(
  tx: Tx,
  runId: string,
  own?: { epoch: number; next: number },
): Promise<Taken | undefined> {
  const lease = sql`clock() + ${LEASE_INTERVAL}::interval`;
  const { rows } = own
    ? await sql<Taken>`
        update run_work set epoch = ${own.next}, lease_until = ${lease}
         where run_id = ${runId} and epoch in (${own.epoch}, ${own.next}) and lease_until is not null
        returning *, deadline <= clock() as overdue`.execute(tx)
    : await sql<Taken>`
        with taken as (
          update run_work w
             set epoch = nextval('epochs'), lease_until = ${lease},
                 deaths = w.deaths + (w.lease_until is not null)::int,
                 queued_at = coalesce(w.lease_until, w.queued_at)
            from (select lease_until as expired_at from run_work where run_id = ${runId}) before
           where w.run_id = ${runId}
             and (w.lease_until <= clock() or w.lease_until is null
                   and (w.cancel_at is not null or w.deadline <= clock() or w.deaths >= ${DEATHS}))
          returning w.*, w.deadline <= clock() as overdue, before.expired_at
        ), died as (${buryDead()})
        select * from taken`.execute(tx);
  return rows[0];
}

const eventOf: Record<End['status'], EventName> = {
  SUCCESS: 'run.succeeded',
  ERROR: 'run.failed',
  CANCELLED: 'run.cancelled',
  TIMEOUT: 'run.timed-out',
};

/** Ends a run whose epoch `work` holds, tells it, and admits what waits behind it. */
export async function endRun(tx: Tx, work: Work, wanted: End): Promise<End> {
  const { run_id, pipeline, epoch } = work;
  await lockPipeline(tx, pipeline);
  const end = (wanted.status === 'SUCCESS' && (await unbalanced(tx, run_id))) || wanted;
  // Tasks before work, as all who write for a run: a late writer and an ender never wait for each other.
  await closeTasks(tx, run_id, end);
  const left = await tx
    .deleteFrom('run_work')
    .where('run_id', '=', run_id)
    .where('epoch', '=', epoch)
    .where('lease_until', 'is not', null)
    .returning(['cancel_at', 'cancel_by', 'cancel_why'])
    .executeTakeFirst();
  if (!left) throw new LeaseLost('the lease was taken or released');

  const recovered = end.status === 'SUCCESS' && (await lastOfLaneFailed(tx, work));
  await closeRun(tx, { ...work, ...left }, end);
  await tx
    .updateTable('run_requests')
    .set({ state: 'ran', why: end.status, ended_at: sql<Date>`clock()` })
    .where('run_id', '=', run_id)
    .execute();
  await markHeard(tx, run_id);
  await emit(tx, {
    name: eventOf[end.status],
    by: 'run-pipeline',
    subject: `${pipeline}/${run_id}`,
    runId: run_id,
    checkpoint: work.checkpoint,
    epoch,
    ...(end.status === 'SUCCESS' && { extensions: { recovered } }),
    data: {
      run_id,
      pipeline,
      lane: work.lane,
      status: end.status,
      error_code: end.code ?? null,
      error_message: end.message ?? null,
      recovered,
    },
  });
  // Before the next is admitted: what waits is then skipped.
  if (end.status === 'ERROR' || end.status === 'TIMEOUT')
    await pauseAfterFailures(tx, work, end.code ?? end.status);
  await expireAndAdmit(tx, pipeline);
  return end;
}

async function closeTasks(tx: Tx, runId: string, end: End): Promise<void> {
  await tx
    .updateTable('task_runs')
    .set({ status: end.status, finished_at: sql<Date>`clock()`, error_message: end.message ?? null })
    .where('run_id', '=', runId)
    .where('status', '=', 'STARTED')
    .execute();
}

/** The run's own counts are those of the tasks that move rows: a summary's groups are no rows of the source. */
async function closeRun(tx: Tx, work: Work, end: End): Promise<void> {
  const { rows } = await sql<{ counts: Json | null }>`
    select jsonb_build_object('read', sum(read), 'written', sum(written), 'unchanged', sum(unchanged),
             'deduped', sum(deduped), 'rejected', sum(rejected), 'failed', sum(failed),
             'rejected_by', (
               select jsonb_object_agg(rule, rows) from (
                 select rule, sum(rows::bigint) as rows
                   from batch_books, jsonb_each_text(rejected_by) as reasons (rule, rows)
                  where run_id = ${work.run_id} and not aborted group by rule) by_rule)) as counts
      from task_runs where run_id = ${work.run_id} and moves_rows having count(read) > 0`.execute(tx);
  const meta: Json = {
    attempts: work.attempt,
    ...(work.deaths > 0 && { deaths: work.deaths }),
    // Also of a run that was done before anybody saw the flag.
    ...(work.cancel_at && { cancel: { at: work.cancel_at, by: work.cancel_by, why: work.cancel_why } }),
    ...rows[0]?.counts,
  };
  await sql`
    with closed as (${closeSlice(work.run_id, 'ended', end)}),
         last as (select code, revision, config_hash from run_slices
                   where run_id = ${work.run_id} order by epoch desc limit 1)
    update run_log
       set status = ${end.status}, finished_at = clock(), error_code = ${end.code ?? null},
           error_message = ${end.message ?? null}, error_stack = ${end.stack ?? null},
           meta = coalesce(meta, '{}') || ${JSON.stringify(meta)}::jsonb
                  || coalesce((select jsonb_strip_nulls(to_jsonb(last)) from last), '{}')
     where run_id = ${work.run_id}`.execute(tx);
}

/** Books that do not balance make an ERROR of a SUCCESS, and say where. */
async function unbalanced(tx: Tx, runId: string): Promise<End | undefined> {
  const { rows } = await sql<{ task: string; read: number; accounted: number }>`
    select task, sum(read) as read, sum(written + unchanged + deduped + rejected + failed) as accounted
      from batch_books where run_id = ${runId} and not aborted
     group by task having sum(read) <> sum(written + unchanged + deduped + rejected + failed)
     order by task`.execute(tx);
  const [first] = rows;
  if (!first) return undefined;
  return {
    status: 'ERROR',
    code: 'UNBALANCED_BOOKS',
    message: `Task "${first.task}" read ${first.read} rows and accounts for ${first.accounted}.`,
  };
}

async function lastOfLaneFailed(tx: Tx, work: Work): Promise<boolean> {
  const { rows } = await sql<{ status: RunStatus }>`
    select run.status
      from run_requests request join run_log run using (run_id)
     where request.pipeline = ${work.pipeline} and request.lane = ${work.lane} and request.state = 'ran'
       and run.status in ('SUCCESS', 'ERROR', 'TIMEOUT')
     order by request.ended_at desc, request.ordinal desc limit 1`.execute(tx);
  return rows[0] !== undefined && rows[0].status !== 'SUCCESS';
}
