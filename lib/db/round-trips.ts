/** Fewer journeys to the server: a transaction begins with its first lock, what comes often is parsed and planned once. */
import type { PostgresPool, PostgresPoolClient, PostgresQueryResult } from 'kysely';
import type { Pool, PoolClient } from 'pg';

/** A statement that begins with its name in a comment is prepared under it; no two texts may share one. */
const NAME = /^\s*\/\* ([a-z][a-z -]*) \*\//;
/** Begins a statement that only locks, whose answer nobody needs: it goes along with the one after it. */
export const ALONG = 'along';
const LOCKS = /^\s*select from \S+ where \S+ = \$1 for (no key )?update\s*$/;
/** A prepared statement whose columns have changed since fails for ever: its session has to go. */
const STALE_PLAN = '0A000';

type Answer = PostgresQueryResult<unknown>;
type Statement = [text: string, values: readonly unknown[]];

/** The pool as kysely is to use it; its clients are pipelined. */
export function withFewerTrips(pool: Pool): PostgresPool {
  return {
    options: pool.options,
    connect: async () => frugal(await pool.connect()),
    end: () => pool.end(),
  };
}

function frugal(client: PoolClient): PostgresPoolClient {
  let waiting: Statement[] = [];
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

  /** All are under way at once, in this order; what follows a lock that failed is refused by the server. */
  async function sayTogether(statements: readonly Statement[]): Promise<Answer | undefined> {
    const answers = await Promise.allSettled(statements.map(([text, values]) => say(text, values)));
    const refused = answers.find((answer) => answer.status === 'rejected');
    if (refused) throw refused.reason;
    const last = answers.at(-1);
    return last?.status === 'fulfilled' ? last.value : undefined;
  }

  async function query(text: string, values: readonly unknown[]): Promise<Answer> {
    const name = NAME.exec(text)?.[1];
    if (text === 'begin' || (name === ALONG && waiting.length > 0)) {
      waiting.push([text, values]);
      return { command: 'SELECT', rowCount: 0, rows: [] };
    }
    if (waiting.length === 0) return say(text, values);
    const before = waiting;
    waiting = [];
    // A beginning that is refused must not let a statement that changes something stand alone.
    if (before.length === 1 && !LOCKS.test(text)) await sayTogether(before.splice(0));
    return (await sayTogether([...before, [text, values]]))!;
  }
  return {
    query: query as unknown as PostgresPoolClient['query'],
    release: (destroy) => client.release(stale || destroy),
  };
}
