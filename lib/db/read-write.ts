/** Writing by logins whose sessions only read unless they say otherwise; what they may write is little. */
import { type Kysely, sql, type Transaction } from 'kysely';
import { commit, commitOne } from '../boundary.ts';
import { sqlState } from './sqlstate.ts';

const READ_ONLY_TRANSACTION = '25006';

/** The databases that have said so. */
const reading = new WeakSet<object>();

/** One statement, also by a login that only reads. */
export async function commitOneReadWrite<DB, T>(
  name: string,
  db: Kysely<DB>,
  statement: (db: Kysely<DB>) => Promise<T>,
): Promise<T> {
  if (!reading.has(db)) {
    try {
      return await commitOne(name, db, statement);
    } catch (error) {
      if (sqlState(error) !== READ_ONLY_TRANSACTION) throw error;
      reading.add(db);
    }
  }
  return commit(name, db, async (tx: Transaction<DB>) => {
    await sql`set transaction read write`.execute(tx);
    return statement(tx);
  });
}
