/**
 * Up to which id the log is settled: every line of it is there to be read, or never will be. A number is taken when a line
 * is written and seen when it is committed, so whoever follows `id >` alone loses those that commit out of order.
 */
import { sql } from 'kysely';
import type { Db } from '../db/connect.ts';

/** Who had taken numbers up to one and had not ended. */
type Point = { upTo: number; holders: ReadonlySet<string> };

type Settled = {
  /** No line up to this id can still come; undefined: not yet known of any. */
  settled: number | undefined;
  /** The newest number of a line that is there. */
  newest: number;
};

/** Of more points than this the newest gives way to the next, which is no less true. */
const MOST_POINTS = 64;

/** Looks again and again how far the log is settled. */
export function settling(db: Db): () => Promise<Settled> {
  let points: Point[] = [];
  let settled: number | undefined;
  return async () => {
    const newest = await newestNumber(db);
    // Asked for only when the number is known: whoever took one up to it had the lock by then.
    const holders = await whoTakesNumbers(db);
    // Lines are deleted, too, and the numbers of a restored RunLog begin again below.
    if (settled !== undefined) settled = Math.min(settled, newest);
    points = [...points.slice(0, MOST_POINTS - 1), { upTo: newest, holders }].map(
      ({ upTo, holders: then }) => ({
        upTo: Math.min(upTo, newest),
        holders: new Set([...holders].filter((one) => then.has(one) || isPrepared(one))),
      }),
    );
    for (const { upTo, holders: still } of points)
      if (still.size === 0) settled = Math.max(settled ?? 0, upTo);
    points = points.filter(({ upTo }) => upTo > (settled ?? -1));
    return { settled, newest };
  };
}

/** A transaction changes its name when it is prepared. */
const isPrepared = (holder: string) => holder.startsWith('-1/');

/** The newest number of a line that is there. All below it were taken before: the sequence keeps none in store. */
export async function newestNumber(db: Db): Promise<number> {
  const { rows } = await sql<{ newest: number }>`/* newest of logs */
    select coalesce(max(id), 0) as newest from logs`.execute(db);
  return rows[0]?.newest ?? 0;
}

/**
 * The transactions that have taken numbers and not ended. `nextval` locks the sequence before it takes one, whatever wrote
 * the line, and the lock is let go after the commit can be seen. Others that are long hold nothing up.
 */
async function whoTakesNumbers(db: Db): Promise<Set<string>> {
  const { rows } = await sql<{ holder: string }>`/* who takes numbers of logs */
    select virtualtransaction as holder from pg_locks
     where locktype = 'relation' and granted and mode <> 'AccessShareLock' and relation = 'logs_id_seq'::regclass
       and database = (select oid from pg_database where datname = current_database())`.execute(db);
  return new Set(rows.map(({ holder }) => holder));
}
