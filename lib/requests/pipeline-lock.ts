import { sql } from 'kysely';
import type { Tx } from '../events/outbox.ts';

/**
 * Locks a pipeline's row for the rest of the transaction: who plans, admits, expires or ends does this first. `no key`:
 * a worker that writes its work twice in a transaction has the row checked as what that refers to, and would wait.
 */
export async function lockPipeline(tx: Tx, pipeline: string): Promise<void> {
  const { rows } = await sql`select from pipelines where name = ${pipeline} for no key update`.execute(tx);
  if (rows.length > 0) return;
  await tx
    .insertInto('pipelines')
    .values({ name: pipeline })
    .onConflict((on) => on.doNothing())
    .execute();
  await sql`select from pipelines where name = ${pipeline} for no key update`.execute(tx);
}
