import { sql } from 'kysely';
import type { Tx } from '../events/outbox.ts';

/**
 * The instant at which something takes effect, without the microseconds that a Date has no room for: the same instant
 * is compared with slots here and in SQL. Read it under the pipeline's lock, so that instants are in the lock's order.
 */
export async function readClock(tx: Tx): Promise<Date> {
  const { rows } = await sql<{ now: Date }>`select date_trunc('milliseconds', clock()) as now`.execute(tx);
  return rows[0]!.now;
}
