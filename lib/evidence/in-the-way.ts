/** Sessions that stood in a batch's way: which, and by what lock. */
import type { Client } from 'pg';
import { table } from '../db/quote.ts';
import { LOCK_NOT_AVAILABLE, sqlState } from '../db/sqlstate.ts';

const DEADLOCK = '40P01';
const SERIALIZATION = '40001';

export type InTheWay = {
  table_name: string;
  lock_type: string | null;
  pid: number | null;
  details: string;
  error_code: string;
};

/** Whether an error says that another session stood in the way. */
export const isInTheWay = (error: unknown): boolean =>
  [LOCK_NOT_AVAILABLE, DEADLOCK, SERIALIZATION].includes(sqlState(error) ?? '');

/**
 * Who it was, as far as can still be seen: of a deadlock the server says it; of a lock that was waited for, whoever has it
 * now; of a serialization failure nobody. The session's transaction must be over.
 */
export async function whoStood(client: Client, target: string, error: unknown): Promise<InTheWay> {
  const said = error as { message: string; detail?: string };
  const about = { table_name: target, error_code: sqlState(error) ?? '', details: said.message };
  const deadlock = /waits for (\w+) on [^;]*; blocked by process (\d+)/.exec(said.detail ?? '');
  if (deadlock)
    return { ...about, lock_type: deadlock[1]!, pid: Number(deadlock[2]), details: said.detail ?? '' };
  if (about.error_code !== LOCK_NOT_AVAILABLE) return { ...about, lock_type: null, pid: null };
  const holder = await holderOf(client, target);
  return { ...about, lock_type: holder?.lock_type ?? null, pid: holder?.pid ?? null };
}

/** Whoever has the turn at the table, else its strongest lock. */
async function holderOf(client: Client, target: string) {
  const { rows } = await client.query<{ pid: number; lock_type: string }>(
    `select pid, case locktype when 'advisory' then 'the turn at the table' else mode end as lock_type
       from pg_locks
      where granted and pid <> pg_backend_pid()
        and (database is null or database = (select oid from pg_database where datname = current_database()))
        and (locktype = 'advisory' and objsubid = 2
               and classid::bigint = hashtext('kubescribe.turn')::bigint & 4294967295
               and objid::bigint = hashtext(coalesce(to_regclass($1)::oid::text, $2))::bigint & 4294967295
             or locktype = 'relation' and relation = to_regclass($1) and mode <> 'AccessShareLock')
      order by locktype = 'advisory' desc, mode = 'AccessExclusiveLock' desc, pid limit 1`,
    [table(target), target],
  );
  return rows[0];
}
