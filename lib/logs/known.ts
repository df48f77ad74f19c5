/** Whether anybody knows a run or a task that has said nothing. */
import { sql } from 'kysely';
import type { Db } from '../db/connect.ts';

/** A run, or a request that may become one. */
export async function isWish(db: Db, runId: string): Promise<boolean> {
  const { rows } = await sql<{ known: boolean }>`
    select exists (select from run_log where run_id = ${runId}::uuid)
        or exists (select from run_requests where run_id = ${runId}::uuid) as known`.execute(db);
  return rows[0]?.known === true;
}

/** A task of a run. */
export async function isTask(db: Db, taskRunId: string): Promise<boolean> {
  const { rows } = await sql`select from task_runs where id = ${taskRunId}::uuid`.execute(db);
  return rows.length > 0;
}
