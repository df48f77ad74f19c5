import { sql } from 'kysely';
import type { Json, Work } from '../db/tables.ts';
import type { Tx } from '../events/outbox.ts';
import { demandEpoch } from './claim.ts';
import { type Opening, sayingDone, sayingStart } from './run-lines.ts';

/** A task's row, and since when the present attempt has been at it. */
export type TaskBegun = { id: string; attempt_since: Date };

/** Notes, and says, that a task begins, or goes on in another slice or attempt; with a run's first begins the run. */
export async function startTask(
  tx: Tx,
  work: Work,
  task: { name: string; movesRows: boolean },
  position: number,
  opening: Opening = { parameters: {}, tasks: 1 },
): Promise<TaskBegun> {
  const { rows } = await sql<TaskBegun>`/* task start */
    with begun as (
      insert into task_runs (run_id, name, position, attempt, moves_rows)
      values (${work.run_id}::uuid, ${task.name}::text, ${position}::int, ${work.attempt}::int, ${task.movesRows}::boolean)
      on conflict (run_id, name) do update
         set attempt = excluded.attempt,
             attempt_since = case when task_runs.attempt = excluded.attempt
                                  then task_runs.attempt_since else clock() end
      returning id, name, attempt, attempt_since, attempt_since = clock() as fresh),
    said as (${sayingStart(work, opening, sql`begun`)})
    select id, attempt_since from begun`.execute(tx);
  await demandEpoch(tx, work.run_id, work.epoch);
  return rows[0]!;
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

/** Notes, and says, that a task is done. */
export async function finishTask(tx: Tx, work: Work, taskRunId: string): Promise<void> {
  await sql`/* task end */
    with done as (
      update task_runs set status = 'SUCCESS', finished_at = clock()
        from (select status as before from task_runs where id = ${taskRunId}::uuid) as known
       where id = ${taskRunId}::uuid
      returning id, name, attempt, duration_ms, before)
    ${sayingDone(work, sql`done`)}`.execute(tx);
  await demandEpoch(tx, work.run_id, work.epoch);
}
