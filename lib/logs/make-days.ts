import { sql } from 'kysely';
import { commit } from '../boundary.ts';
import type { Db } from '../db/connect.ts';
import { giveWay } from '../db/give-way.ts';
import { LOCK_NOT_AVAILABLE, sqlState } from '../db/sqlstate.ts';

/** Then whoever has lines hears of it. */
const TRIES = 10;

/**
 * Makes the log's partitions of these days, for who has lines and finds none: upkeep should have long ago. It holds the log
 * and waits for the runs; who ends one holds the runs and waits for the log: so it gives way, and tries again.
 */
export async function makeDays(db: Db): Promise<void> {
  for (let tries = 1; ; tries++) {
    try {
      return await commit('log-partitions', db, async (tx) => {
        await giveWay(tx);
        await sql`select ensure_log_partitions()`.execute(tx);
      });
    } catch (error) {
      if (sqlState(error) !== LOCK_NOT_AVAILABLE || tries === TRIES) throw error;
    }
  }
}
