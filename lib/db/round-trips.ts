/** Fewer journeys to the server: a transaction begins with its first lock, what comes often is parsed and planned once. */
import type { PostgresPool, PostgresPoolClient, PostgresQueryResult } from 'kysely';
import type { Pool, PoolClient } from 'pg';

/** A statement that begins with its name in a comment is prepared under it; no two texts may share one. */
const NAME = /^\s*\/\* ([a-z][a-z -]*) \*\//;
const LOCKS_ALONE = /^\s*select from \S+ where \S+ = \$1 for (no key )?update\s*$/;
/** A prepared statement whose columns have changed since fails for ever: its session has to go. */
const STALE_PLAN = '0A000';

type Answer = PostgresQueryResult<unknown>;

/** The pool as kysely is to use it; its clients are pipelined. */
export function withFewerTrips(pool: Pool): PostgresPool {
  return {
    options: pool.options,
    connect: async () => frugal(await pool.connect()),
    end: () => pool.end(),
  };
}

function frugal(client: PoolClient): PostgresPoolClient {
  let begin = false;
  let stale = false;

  async function say(text: string, values: readonly unknown[] = []): Promise<Answer> {
    const name = NAME.exec(text)?.[1];
    const statement = { ...(name && { name }), text, values: [...values] };
    try {
      return (await client.query(statement)) as Answer;
    } catch (error) {
      stale ||= error instanceof Error && 'code' in error && error.code === STALE_PLAN;
      throw error;
    }
  }

  /** Both are under way at once: were the beginning refused, the lock alone would have done nothing. */
  async function beginWith(text: string, values: readonly unknown[]): Promise<Answer> {
    const [begun, locked] = await Promise.allSettled([say('begin'), say(text, values)]);
    if (begun.status === 'rejected') throw begun.reason;
    if (locked.status === 'rejected') throw locked.reason;
    return locked.value;
  }

  async function query(text: string, values: readonly unknown[]): Promise<Answer> {
    if (text === 'begin') {
      begin = true;
      return { command: 'SELECT', rowCount: 0, rows: [] };
    }
    if (!begin) return say(text, values);
    begin = false;
    if (LOCKS_ALONE.test(text)) return beginWith(text, values);
    await say('begin');
    return say(text, values);
  }
  return {
    query: query as unknown as PostgresPoolClient['query'],
    release: (destroy) => client.release(stale || destroy),
  };
}
