import pg from 'pg';
import { MigrationError } from './migration-files.ts';
import { LOCK_NOT_AVAILABLE } from './sqlstate.ts';

const SECOND = 1000;
const MINUTE = 60 * SECOND;
const CONNECT_TIMEOUT = 10 * SECOND;
/** How long a runner waits for another that is at work. */
const TURN_TIMEOUT = 10 * MINUTE;
/** A step that cannot get a table's lock gives up early: whoever queues behind it waits as well. */
const LOCK_TIMEOUT = 10 * SECOND;
const STATEMENT_TIMEOUT = 15 * MINUTE;
const IDLE_TIMEOUT = MINUTE;
const OLDEST_SERVER = 160000;

/** The one lock of all migration runners of a database; infra/migrations.bash takes the same. */
export const MIGRATION_LOCK = `hashtextextended('kubescribe.schema_migrations', 0)`;

/** Runs `work` on a connected client of the caller, or on one of ours that closes after it. */
export async function withClient<T>(
  db: string | pg.ClientBase,
  work: (client: pg.ClientBase) => Promise<T>,
): Promise<T> {
  if (typeof db !== 'string') return work(db);
  const client = new pg.Client({
    connectionString: db,
    connectionTimeoutMillis: CONNECT_TIMEOUT,
    application_name: 'kubescribe migrate',
  });
  // A connection that breaks also fails the query under way; without a listener it would end the process.
  client.on('error', () => {});
  try {
    await client.connect().catch((cause) => {
      throw new MigrationError(unreachable(db, cause), { cause });
    });
    return await work(client);
  } finally {
    await client.end().catch(() => {});
  }
}

/** Holds the migration lock of a database during `work`. Needs a direct connection, not a transaction pooler. */
export async function withTurn<T>(client: pg.ClientBase, work: () => Promise<T>): Promise<T> {
  await refuseOldServer(client);
  await client.query(`set lock_timeout = ${TURN_TIMEOUT}; set statement_timeout = 0`);
  await client.query(`select pg_advisory_lock(${MIGRATION_LOCK})`).catch((cause) => {
    if (cause?.code !== LOCK_NOT_AVAILABLE) throw cause;
    throw new MigrationError('Another migration is still at work; nothing was done here. Try again later.', {
      cause,
    });
  });
  try {
    await client.query(`set lock_timeout = ${LOCK_TIMEOUT}; set statement_timeout = ${STATEMENT_TIMEOUT};
      set idle_in_transaction_session_timeout = ${IDLE_TIMEOUT}; set search_path = public; set timezone = 'UTC'`);
    return await work();
  } finally {
    await client
      .query(
        `reset lock_timeout; reset statement_timeout; reset idle_in_transaction_session_timeout;
         reset search_path; reset timezone; select pg_advisory_unlock(${MIGRATION_LOCK})`,
      )
      .catch(() => {});
  }
}

async function refuseOldServer(client: pg.ClientBase): Promise<void> {
  const { rows } = await client.query<{ number: string; version: string }>(
    `select current_setting('server_version_num') as number, current_setting('server_version') as version`,
  );
  if (Number(rows[0]!.number) < OLDEST_SERVER) {
    throw new MigrationError(`PostgreSQL 16 or newer is needed; this server is ${rows[0]!.version}`);
  }
}

function unreachable(url: string, cause: unknown): string {
  const reason = cause instanceof Error ? cause.message || ('code' in cause ? String(cause.code) : '') : '';
  return `Cannot connect to ${place(url)}: ${reason || 'no answer'}. Is the server running, and are user, password and database right?`;
}

/** Host, port and database of a URL: never its user, password or options. */
function place(url: string): string {
  if (!URL.canParse(url)) return 'the given URL';
  const { host, pathname } = new URL(url);
  return host + pathname;
}
