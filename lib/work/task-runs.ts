import { sql } from 'kysely';
import type { Json, Work } from '../db/tables.ts';
import type { Tx } from '../events/outbox.ts';
import { demandEpoch } from './claim.ts';

/** A task's row, and since when the present attempt has been at it. */
export type TaskBegun = { id: string; attempt_since: Date };

/** Notes that a task begins, or goes on in another slice or attempt. */
export async function startTask(
  tx: Tx,
  work: Work,
  task: { name: string; movesRows: boolean },
  position: number,
): Promise<TaskBegun> {
  const begun = await tx
    .insertInto('task_runs')
    .values({
      run_id: work.run_id,
      name: task.name,
      position,
      attempt: work.attempt,
      moves_rows: task.movesRows,
    })
    .onConflict((on) =>
      on.columns(['run_id', 'name']).doUpdateSet({
        attempt: work.attempt,
        attempt_since: sql`case when task_runs.attempt = excluded.attempt
                                then task_runs.attempt_since else clock() end`,
      }),
    )
    .returning(['id', 'attempt_since'])
    .executeTakeFirstOrThrow();
  await demandEpoch(tx, work.run_id, work.epoch);
  return begun;
}

/** Shows how far a task has come. */
export async function noteProgress(tx: Tx, work: Work, taskRunId: string, progress: Json): Promise<void> {
  await sql`update task_runs set progress = ${JSON.stringify(progress)} where id = ${taskRunId}`.execute(tx);
  await demandEpoch(tx, work.run_id, work.epoch);
}

/** Keeps what a task found out, beside what it kept before. */
export async function noteTask(tx: Tx, work: Work, taskRunId: string, meta: Json): Promise<void> {
  await sql`
    update task_runs set meta = coalesce(meta, '{}') || ${JSON.stringify(meta)}::jsonb where id = ${taskRunId}`.execute(
    tx,
  );
  await demandEpoch(tx, work.run_id, work.epoch);
}

/** Notes that a task is done. */
export async function finishTask(tx: Tx, work: Work, taskRunId: string): Promise<void> {
  await tx
    .updateTable('task_runs')
    .set({ status: 'SUCCESS', finished_at: sql<Date>`clock()` })
    .where('id', '=', taskRunId)
    .execute();
  await demandEpoch(tx, work.run_id, work.epoch);
}
