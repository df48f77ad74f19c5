import { Kysely, PostgresDialect } from 'kysely';
import { Client, type ClientConfig, Pool, types } from 'pg';
import { withFewerTrips } from './round-trips.ts';
import type { RunLog } from './tables.ts';

const SECOND = 1000;

/** RunLog, as every function sees it. */
export type Db = Kysely<RunLog>;

const BIGINT = 20;
const TIMESTAMP = 1114;

const utc = (text: string) => new Date(`${text.replace(' ', 'T')}Z`);

/** Counts come as numbers (none of ours leaves the safe integers), times without a zone are UTC. */
const parsers: ClientConfig['types'] = {
  getTypeParser: (oid: number, format?: 'text' | 'binary') =>
    oid === BIGINT ? Number : oid === TIMESTAMP ? utc : types.getTypeParser(oid, format as 'text'),
};

export type ConnectOptions = {
  /** Shown in pg_stat_activity. */
  name: string;
  /** Connections at most; the default is 4. */
  max?: number;
  /** The longest that one statement may take; the default is 10 s. */
  statementTimeout?: number;
  /** The longest that it waits for a lock; the default is 5 s, or as long as a statement may take. */
  lockTimeout?: number;
};

const SESSION = '-c timezone=UTC -c datestyle=ISO -c client_connection_check_interval=2s';
/** A page that is sought costs hardly more than the next one: what is read newest first is in memory, disks do not turn. */
export const RUNLOG_SESSION = `${SESSION} -c random_page_cost=1.1`;

function clientConfig(
  url: string,
  { name, statementTimeout = 10 * SECOND, lockTimeout = 5 * SECOND }: ConnectOptions,
): ClientConfig {
  return {
    connectionString: url,
    application_name: name,
    connectionTimeoutMillis: 5 * SECOND,
    keepAlive: true,
    statement_timeout: statementTimeout,
    query_timeout: statementTimeout + 2 * SECOND,
    lock_timeout: Math.min(lockTimeout, statementTimeout),
    idle_in_transaction_session_timeout: 10 * SECOND,
    options: SESSION,
    types: parsers,
  };
}

/** Opens RunLog. Nothing connects before the first query; close it with `destroy()`. */
export function openRunLog(url: string, options: ConnectOptions): Db {
  const pool = new Pool({
    ...clientConfig(url, options),
    options: RUNLOG_SESSION,
    max: options.max ?? 4,
    idleTimeoutMillis: 30 * SECOND,
    pipeline: true,
  });
  // A server that goes away ends idle connections with an error event, which would end the process.
  pool.on('error', () => {});
  pool.on('connect', (client) => client.on('error', () => {}));
  return new Kysely<RunLog>({ dialect: new PostgresDialect({ pool: withFewerTrips(pool) }) });
}

/**
 * Connections that only read, whatever their login may do, and that may be asked anything in turn. Nothing connects
 * before the first query; close it with `end()`.
 */
export function openReading(url: string, options: ConnectOptions & { streams?: true }): Pool {
  const { query_timeout, ...config } = clientConfig(url, options);
  const pool = new Pool({
    ...config,
    // It would count a stream that somebody reads slowly, and break it off in mid-sentence.
    ...(!options.streams && { query_timeout }),
    // Only a change of the table itself stands in the way.
    lock_timeout: 2 * SECOND,
    options: `${SESSION} -c default_transaction_read_only=on`,
    max: options.max ?? 4,
    idleTimeoutMillis: 30 * SECOND,
  });
  pool.on('error', () => {});
  pool.on('connect', (client) => client.on('error', () => {}));
  return pool;
}

/** One connection of its own, already open; the caller ends it. */
export async function connect(url: string, options: ConnectOptions): Promise<Client> {
  const client = new Client(clientConfig(url, options));
  client.on('error', () => {});
  await client.connect();
  return client;
}
