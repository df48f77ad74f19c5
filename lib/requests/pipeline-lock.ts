import { sql } from 'kysely';
import { ALONG } from '../db/round-trips.ts';
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

const along = sql.raw(`/* ${ALONG} */`);

/**
 * The same for a pipeline whose row is there, on the way of the transaction's next statement, which sees what was
 * committed before the lock was had. Were the row not there, nothing would be locked.
 */
export async function lockAlong(tx: Tx, pipeline: string): Promise<void> {
  await sql`${along} select from pipelines where name = ${pipeline} for no key update`.execute(tx);
}
