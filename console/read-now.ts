import { sql } from 'kysely';
import type { Db } from '../lib/db/connect.ts';

/** The database's present. */
export async function readNow(db: Db): Promise<Date> {
  const { rows } = await sql<{ now: Date }>`select clock() as now`.execute(db);
  return rows[0]?.now ?? new Date();
}
