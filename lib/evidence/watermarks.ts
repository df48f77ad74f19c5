/** How far pipelines have come, for people: a copy of the last commit rows. */
import { sql } from 'kysely';
import type { Work } from '../db/tables.ts';
import type { Tx } from '../events/outbox.ts';

/** The last batch of a task that goes on from a watermark. */
export type Reached = {
  task: string;
  run_id: string;
  batch: number;
  closed: boolean;
  horizon: string;
  /** The source's own time up to which all is in the target, as text; null: nobody knows. */
  reached_at: string | null;
  /** Seconds that the source's horizon lay behind its time. */
  lag: number | null;
  degraded: boolean;
};

/**
 * Copies them. A pipeline has one row, named as it is, with its lane where that has a name; of several tasks that have
 * watermarks the later ones carry their own name too. An open window moves nobody on.
 */
export async function writeWatermarks(tx: Tx, work: Work, reached: readonly Reached[]): Promise<void> {
  const plain = work.lane === '' ? work.pipeline : `${work.pipeline}/${work.lane}`;
  for (const { task, run_id, batch, closed, horizon, reached_at, lag, degraded } of reached) {
    const status = degraded ? 'DEGRADED' : closed ? 'CURRENT' : 'READING';
    await sql`
      insert into operation_logs.pipeline_watermarks as mark
        (pipeline_name, last_processed_ts, status, updated_at, pipeline, lane, task, run_id, batch, lag, horizon)
      select case when exists (select from operation_logs.pipeline_watermarks other
                                where other.pipeline_name = ${plain} and other.task <> ${task})
                  then ${`${plain}:${task}`} else ${plain} end,
             ${closed ? reached_at : null}::timestamptz, ${status}, clock(), ${work.pipeline}, ${work.lane}, ${task},
             ${run_id}::uuid, ${batch}::bigint, make_interval(secs => ${lag}::float8), ${horizon}
          on conflict (pipeline_name) do update
         set last_processed_ts = coalesce(excluded.last_processed_ts, mark.last_processed_ts),
             status = excluded.status, updated_at = excluded.updated_at, pipeline = excluded.pipeline,
             lane = excluded.lane, task = excluded.task, run_id = excluded.run_id, batch = excluded.batch,
             lag = excluded.lag, horizon = excluded.horizon`.execute(tx);
  }
}
