import { existsSync, mkdirSync, readFileSync, realpathSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import pg from 'pg';
import { chooseAccount } from './postgres-account.ts';
import { findPostgres, type PostgresVersion } from './postgres-binaries.ts';
import { markOwner, stopOrphan } from './postgres-orphan.ts';
import { HOST, makeDataDir, SUPERUSER, serve } from './postgres-server.ts';

const SETTINGS = {
  listen_addresses: HOST,
  unix_socket_directories: '',
  max_connections: '100',
  shared_buffers: '128MB',
  timezone: 'UTC',
  log_timezone: 'UTC',
  // No replica will ever follow: bulk loads into tables of the same transaction then skip the write-ahead log.
  wal_level: 'minimal',
  max_wal_senders: '0',
  // The superuser has the name of our schema: by "$user" reports of his would be made inside of it.
  search_path: 'public',
};
const UNSAFE = { fsync: 'off', synchronous_commit: 'off', full_page_writes: 'off' };

type Row = Record<string, unknown>;

export type PostgresOptions = {
  /** Folder that keeps `postgres/`, the data, and `postgres.log`; made when missing. */
  home: string;
  databases: readonly string[];
  /** Default 18. */
  version?: PostgresVersion;
  /** Default 0: the port of the last start when it is free, else any. */
  port?: number;
  /** Drops the data of earlier starts first. Default false. */
  fresh?: boolean;
  /** Off for tests only: a power cut may then lose everything. Default true. */
  fsync?: boolean;
  /** Further server settings. */
  settings?: Record<string, string>;
  log?: (message: string) => void;
};

export type LocalPostgres = {
  url: (database: string) => string;
  port: number;
  pid: number;
  /** As the server says it, such as `18.4`. */
  version: string;
  /** One statement as superuser; default database `postgres`. */
  admin: (sql: string, database?: string) => Promise<Row[]>;
  stop: () => Promise<void>;
  /** Ends the server as a crash would: no flush, recovery at the next start. */
  crash: () => Promise<void>;
};

/** Starts a PostgreSQL of our own on loopback; the data outlives it, an orphan of a killed start is stopped first. */
export async function startPostgres(options: PostgresOptions): Promise<LocalPostgres> {
  try {
    return await start(options);
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && (error.code === 'EACCES' || error.code === 'EPERM')))
      throw error;
    const remedy = 'Run as the user that owns it, or set KUBESCRIBE_HOME to a folder of your own.';
    throw new Error(`No permission for the data in ${options.home} (${error.message}). ${remedy}`, {
      cause: error,
    });
  }
}

async function start(options: PostgresOptions): Promise<LocalPostgres> {
  mkdirSync(options.home, { recursive: true });
  const home = realpathSync(options.home);
  const dataDir = join(home, 'postgres');
  const version = options.version ?? 18;
  const log = options.log ?? (() => {});
  const orphan = await stopOrphan(dataDir);
  if (orphan) log(`Stopped PostgreSQL (process ${orphan}), left over from a start that was killed.`);
  if (options.fresh) rmSync(dataDir, { recursive: true, force: true });
  const binaries = findPostgres(version);
  const account = chooseAccount(dataDir, [binaries.initdb, binaries.postgres]);
  const fsync = options.fsync ?? true;
  if (!existsSync(dataDir)) await makeDataDir(dataDir, binaries.initdb, account, fsync);
  checkVersion(dataDir, version);
  markOwner(dataDir);

  const settings = { ...SETTINGS, ...(fsync ? {} : UNSAFE), ...options.settings };
  const server = await serve(dataDir, binaries.postgres, account, { port: options.port ?? 0, settings });
  const password = readFileSync(join(dataDir, 'kubescribe.password'), 'utf8').trim();
  const url = (database: string) =>
    `postgresql://${SUPERUSER}:${password}@${HOST}:${server.port}/${database}`;
  const admin = (sql: string, database = 'postgres') => query(url(database), sql);
  await createDatabases(admin, options.databases);
  const [row] = await admin('show server_version');
  return { ...server, url, version: String(row?.server_version), admin };
}

function checkVersion(dataDir: string, version: PostgresVersion): void {
  const found = versionOf(dataDir);
  if (found === String(version)) return;
  throw new Error(
    `${dataDir} was made by PostgreSQL ${found}, not ${version}. "--fresh" starts with an empty one.`,
  );
}

function versionOf(dataDir: string): string {
  try {
    return readFileSync(join(dataDir, 'PG_VERSION'), 'utf8').trim();
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return 'nobody knows which';
    throw error;
  }
}

type Admin = LocalPostgres['admin'];

async function createDatabases(admin: Admin, names: readonly string[]): Promise<void> {
  const present = new Set((await admin('select datname from pg_database')).map((row) => row.datname));
  const missing = names.filter((name) => !present.has(name));
  await Promise.all(missing.map((name) => admin(`create database ${pg.escapeIdentifier(name)}`)));
}

async function query(url: string, sql: string): Promise<Row[]> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    return (await client.query<Row>(sql)).rows;
  } finally {
    await client.end();
  }
}
