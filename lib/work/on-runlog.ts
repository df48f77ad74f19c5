import { sql } from 'kysely';
import { commit } from '../boundary.ts';
import type { Db } from '../db/connect.ts';
import { CHECK_VIOLATION, isAway, sqlState } from '../db/sqlstate.ts';
import type { Tx } from '../events/outbox.ts';

/** RunLog went away in mid-slice: not the attempt's fault. */
export class RunLogAway extends Error {}

/** A transaction in RunLog whose failing by absence is told apart from the pipeline's own databases. */
export const onRunLog = <T>(db: Db, name: string, write: (tx: Tx) => Promise<T>): Promise<T> =>
  ofRunLog(commit(name, db, write));

/** The same for one that writes evidence: where no partition takes this month's, it is made, as the sweep should have. */
export async function onEvidence<T>(db: Db, name: string, write: (tx: Tx) => Promise<T>): Promise<T> {
  try {
    return await onRunLog(db, name, write);
  } catch (error) {
    if (sqlState(error) !== CHECK_VIOLATION) throw error;
    await onRunLog(db, 'evidence-months', (tx) => sql`select ensure_evidence_partitions()`.execute(tx));
    return onRunLog(db, name, write);
  }
}

/** The same for what is only read. */
export async function ofRunLog<T>(asked: Promise<T>): Promise<T> {
  try {
    return await asked;
  } catch (error) {
    if (isAway(error)) throw new RunLogAway('RunLog cannot be reached', { cause: error });
    throw error;
  }
}
