import { sql } from 'kysely';
import { commit } from '../boundary.ts';
import type { Db } from '../db/connect.ts';
import { giveWay } from '../db/give-way.ts';
import { LOCK_NOT_AVAILABLE, sqlState } from '../db/sqlstate.ts';

/**
 * Makes the partitions of the days and months to come. It holds the log and waits for the runs, and whoever ends one does it
 * the other way round: so it gives way soon, and the next minute tries again; there are days to spare.
 */
export async function makePartitions(db: Db): Promise<void> {
  try {
    await commit('partitions', db, async (tx) => {
      await giveWay(tx);
      await sql`select ensure_log_partitions(), ensure_evidence_partitions()`.execute(tx);
    });
  } catch (error) {
    if (sqlState(error) !== LOCK_NOT_AVAILABLE) throw error;
  }
}
