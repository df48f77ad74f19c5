/** What the end of a run writes, in one statement: nothing when the epoch is not the work's. */
import { sql } from 'kysely';
import { jsonInstant } from '../db/json-instant.ts';
import type { Work } from '../db/tables.ts';
import type { EventName } from '../events/event-types.ts';
import { emitting, hearing, type Tx } from '../events/outbox.ts';
import type { End } from './end.ts';
import { closeSlice } from './evidence.ts';
import { sayingEnd } from './run-lines.ts';

export type Written = {
  /** The work was there, under its epoch, and is deleted. */
  ended: boolean;
  /** The first task and batch whose books do not balance; such a SUCCESS is not written. */
  task: string | null;
  batch: number;
  read: number;
  accounted: number;
  /** The terms of those books, in words. */
  terms: string;
  /** Somebody waits in the pipeline, or a backfill is open. */
  next: boolean;
};

const eventOf: Record<End['status'], EventName> = {
  SUCCESS: 'run.succeeded',
  ERROR: 'run.failed',
  CANCELLED: 'run.cancelled',
  TIMEOUT: 'run.timed-out',
};

/**
 * Ends a run. Its tasks are closed before its work is deleted, as all who write for a run lock them: a late writer and an
 * ender never wait for each other. The caller holds the pipeline's lock, by an earlier statement.
 */
export async function writeEnd(tx: Tx, work: Work, end: End): Promise<Written> {
  const { run_id } = work;
  const success = sql.lit(end.status === 'SUCCESS');
  const status = sql`${sql.lit(end.status)}::run_status`;
  const { rows } = await sql<Written>`${sql.raw(`/* end ${end.status.toLowerCase()} */`)}
    with unbalanced as (
      select task, batch, read, written + unchanged + deduped + rejected + failed as accounted,
             concat('written ', written, ', unchanged ', unchanged, ', deduped ', deduped, ', rejected ', rejected,
                    ', failed ', failed) as terms
        from batch_books where ${success} and run_id = ${run_id}::uuid and not aborted
         and read <> written + unchanged + deduped + rejected + failed
       order by task, batch limit 1),
    closed as (
      update task_runs set status = ${status}, finished_at = clock(), error_message = ${end.message ?? null}
       where run_id = ${run_id}::uuid and status = 'STARTED' and not exists (select from unbalanced)
      returning id, name),
    gone as (
      delete from run_work
       where run_id = ${run_id}::uuid and epoch = ${work.epoch}::bigint and lease_until is not null
         and (select count(*) from closed) >= 0 and not exists (select from unbalanced)
      returning *),
    left_behind as (${closeSlice(run_id, 'ended', end)} and exists (select from gone)),
    past as materialized (
      select ${success} and coalesce((
        select run.status <> 'SUCCESS'
          from run_requests request join run_log run using (run_id)
         where request.pipeline = ${work.pipeline}::text and request.lane = ${work.lane}::text
           and request.state = 'ran' and run.status in ('SUCCESS', 'ERROR', 'TIMEOUT')
         order by request.ended_at desc, request.ordinal desc limit 1), false) as recovered),
    logged as (
      update run_log
         set status = ${status}, finished_at = clock(), error_code = ${end.code ?? null},
             error_message = ${end.message ?? null}, error_stack = ${end.stack ?? null},
             meta = coalesce(run_log.meta, '{}') || ${meta(run_id)}
        from gone where run_log.run_id = ${run_id}::uuid
      returning duration_ms, run_log.meta),
    said as (${sayingEnd(work, end, sql`closed`, sql`logged`)}),
    ran as (
      update run_requests set state = 'ran', why = ${sql.lit(end.status)}, ended_at = clock()
       where run_id = ${run_id}::uuid and exists (select from gone)),
    heard as (${hearing(sql`gone`, sql`${run_id}::uuid`)}),
    told as (${told(end)})
    select exists (select from gone) as ended, task, batch, read, accounted, terms,
           exists (select from run_requests
                    where pipeline = ${work.pipeline}::text and state = 'waiting' and backfill_id is null)
             or exists (select from backfills where pipeline = ${work.pipeline}::text and ended_at is null) as next
      from (select) nothing left join unbalanced on true`.execute(tx);
  return rows[0]!;
}

const told = ({ status, code, message }: End) =>
  emitting({
    name: eventOf[status],
    by: 'run-pipeline',
    from: sql`gone, past`,
    pipeline: sql`pipeline`,
    runId: sql`run_id`,
    checkpoint: sql`checkpoint`,
    epoch: sql`epoch`,
    ...(status === 'SUCCESS' && { extensions: sql`jsonb_build_object('recovered', recovered)` }),
    data: sql`jsonb_build_object('run_id', run_id, 'pipeline', pipeline, 'lane', lane, 'status', ${sql.lit(status)},
      'error_code', ${code ?? null}::text, 'error_message', ${message ?? null}::text, 'recovered', recovered)`,
  });

/** The run's own counts are those of the tasks that move rows: a summary's groups are no rows of the source. */
const meta = (runId: string) => sql`
  jsonb_build_object('attempts', gone.attempt)
    || case when gone.deaths > 0 then jsonb_build_object('deaths', gone.deaths) else '{}' end
    -- Also of a run that was done before anybody saw the flag.
    || case when gone.cancel_at is null then '{}' else jsonb_build_object('cancel', jsonb_build_object(
         'at', ${jsonInstant(sql`gone.cancel_at`)}, 'by', gone.cancel_by, 'why', gone.cancel_why)) end
    || coalesce((
         select jsonb_build_object('read', sum(read), 'written', sum(written), 'unchanged', sum(unchanged),
                  'deduped', sum(deduped), 'rejected', sum(rejected), 'failed', sum(failed),
                  'rejected_by', (
                    select jsonb_object_agg(rule, rows) from (
                      select rule, sum(rows::bigint) as rows
                        from batch_books, jsonb_each_text(rejected_by) as reasons (rule, rows)
                       where run_id = ${runId}::uuid and not aborted group by rule) by_rule))
                || jsonb_strip_nulls(jsonb_build_object(
                     'warned', nullif(sum(warned), 0), 'quarantined', nullif(sum(quarantined), 0)))
           from task_runs where run_id = ${runId}::uuid and moves_rows having count(read) > 0), '{}')
    || coalesce((
         select jsonb_strip_nulls(jsonb_build_object('code', code, 'revision', revision, 'config_hash', config_hash))
           from run_slices where run_id = ${runId}::uuid order by epoch desc limit 1), '{}')`;
