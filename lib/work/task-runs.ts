import { sql } from 'kysely';
import type { Json, Work } from '../db/tables.ts';
import type { Tx } from '../events/outbox.ts';
import { demandEpoch } from './claim.ts';

/** Notes that a task begins, or goes on in another slice or attempt. */
export async function startTask(
  tx: Tx,
  work: Work,
  task: { name: string; movesRows: boolean },
  position: number,
): Promise<string> {
  const { id } = await tx
    .insertInto('task_runs')
    .values({
      run_id: work.run_id,
      name: task.name,
      position,
      attempt: work.attempt,
      moves_rows: task.movesRows,
    })
    .onConflict((on) => on.columns(['run_id', 'name']).doUpdateSet({ attempt: work.attempt }))
    .returning('id')
    .executeTakeFirstOrThrow();
  await demandEpoch(tx, work.run_id, work.epoch);
  return id;
}

/** Shows how far a task has come. */
export async function noteProgress(tx: Tx, work: Work, taskRunId: string, progress: Json): Promise<void> {
  await sql`update task_runs set progress = ${JSON.stringify(progress)} where id = ${taskRunId}`.execute(tx);
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
