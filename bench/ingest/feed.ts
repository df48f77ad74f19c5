/** The demo's market feed on a server of its own, and what is done with it: runs of the product, and a plain copy by psql. */
import { execFile, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import pg from 'pg';
import { from as copyFrom, to as copyTo } from 'pg-copy-streams';
import * as z from 'zod';
import { migrateUp, reportMigrations, runlogMigrations } from '../../lib/db/migrate.ts';
import { loadDemo } from '../../local/demo/load.ts';
import { createReportTables } from '../../local/demo/report-tables.ts';
import { type LocalPostgres, startPostgres } from '../../local/postgres.ts';
import type { Ground } from '../ground.ts';
import { peakInImage } from './in-image.ts';

const RUN = fileURLToPath(new URL('run.ts', import.meta.url));
const BARS = fileURLToPath(new URL('../../pipelines/market-bars.ts', import.meta.url));
/** The memory of a server that such tables are at home on; both sides of each ratio have it. */
const SETTINGS = { shared_buffers: '1GB', max_wal_size: '8GB', wal_level: 'replica', autovacuum: 'off' };
/** One bar in some thirty is bad, one row in sixty comes twice or in two versions. */
const EVERY = 149;
const SYMBOLS = 12;

const Run = z.object({
  status: z.string(),
  error_message: z.string().nullable(),
  seconds: z.number(),
  meta: z.record(z.string(), z.unknown()),
});

/** What the product did, by RunLog. */
export type Ran = z.infer<typeof Run>;

/** Days of the feed for so many millions of rows. */
export const DAYS = { 0.2: 18, 2: 174, 20: 1740 } as const;

export type Feed = {
  server: LocalPostgres;
  /** Rows in it. */
  rows: number;
  /** Runs a pipeline on the databases of a name, which are made when they are missing. */
  run(name: string, file?: string): Promise<Ran>;
  /** The most memory, in MB, that the function had while it ran `market-bars` as the image holds it. */
  peak(name: string): Promise<number>;
  /** Drops the databases of a name. */
  drop(name: string): Promise<void>;
  /** Seconds that `psql COPY | psql COPY` takes for all rows, or those that a condition names. */
  copy(condition?: string): Promise<number>;
  /** What copies them. */
  peer: string;
};

const feeds = new WeakMap<Ground, Map<string, Promise<Feed>>>();

/** The feed of so many days; made once for all benches that leave it as it is. */
export function feedOf(ground: Ground, days: number, own = ''): Promise<Feed> {
  const known = feeds.get(ground) ?? new Map<string, Promise<Feed>>();
  feeds.set(ground, known);
  const name = `feed-${days}${own}`;
  const feed = known.get(name) ?? makeFeed(ground, name, days);
  known.set(name, feed);
  return feed;
}

async function makeFeed(ground: Ground, name: string, days: number): Promise<Feed> {
  const server = await startPostgres({
    home: join(ground.folder, name),
    databases: ['prod', 'copy'],
    settings: SETTINGS,
  });
  ground.atEnd(() => server.stop());
  const rows = await loadDemo(server.url('prod'), { scale: { symbols: SYMBOLS, days, every: EVERY } });
  await server.admin('vacuum analyze market_bars_raw', 'prod');
  const byPsql = spawnSync('psql', ['--version']).status === 0;
  return {
    server,
    rows,
    run: (name, file = BARS) => run(server, name, file),
    peak: async (name) => peakInImage(await ground.image(), await urlsOf(server, name)),
    async drop(name) {
      for (const database of databasesOf(name)) await server.admin(`drop database ${database} with (force)`);
    },
    copy: (condition) => copy(server, byPsql, condition),
    peer: byPsql ? 'psql COPY | psql COPY' : 'pg-copy-streams from COPY to COPY',
  };
}

const databasesOf = (name: string) => [`${name}_runlog`, `${name}_report`];

/** The databases of a name, made when they are missing. */
async function urlsOf(server: LocalPostgres, name: string) {
  const [runlog = '', report = ''] = databasesOf(name);
  const known = await server.admin(`select from pg_database where datname = '${report}'`);
  if (known.length === 0) {
    await server.admin(`create database ${runlog}`);
    await server.admin(`create database ${report}`);
    await migrateUp(server.url(runlog), runlogMigrations);
    await migrateUp(server.url(report), reportMigrations);
    await createReportTables(server.url(report));
    await createRaw(server, report, '');
  }
  return { runlog: server.url(runlog), prod: server.url('prod'), report: server.url(report) };
}

async function run(server: LocalPostgres, name: string, pipeline: string): Promise<Ran> {
  const asked = JSON.stringify({ ...(await urlsOf(server, name)), pipeline });
  const { stdout } = await promisify(execFile)(process.execPath, [RUN, asked]);
  const ran = Run.parse(JSON.parse(stdout));
  if (ran.status !== 'SUCCESS') throw new Error(`The run ended ${ran.status}: ${ran.error_message}`);
  return ran;
}

/** An empty table of the feed's shape. */
async function createRaw(server: LocalPostgres, database: string, kind: 'unlogged' | ''): Promise<void> {
  const [shape] = await server.admin(
    `select string_agg(format('%I %s', attname, format_type(atttypid, atttypmod)), ', ' order by attnum) as columns
     from pg_attribute where attrelid = 'market_bars_raw'::regclass and attnum > 0 and not attisdropped`,
    'prod',
  );
  await server.admin(`drop table if exists market_bars_raw`, database);
  await server.admin(`create ${kind} table market_bars_raw (${shape?.columns})`, database);
}

async function copy(server: LocalPostgres, byPsql: boolean, condition: string | undefined): Promise<number> {
  await createRaw(server, 'copy', 'unlogged');
  const rows =
    condition === undefined ? 'market_bars_raw' : `(select * from market_bars_raw where ${condition})`;
  const sql = { out: `copy ${rows} to stdout`, in: 'copy market_bars_raw from stdin' };
  const began = performance.now();
  await (byPsql ? copyByPsql : copyByStreams)(server.url('prod'), server.url('copy'), sql);
  return (performance.now() - began) / 1000;
}

type Sql = { out: string; in: string };

async function copyByPsql(source: string, target: string, sql: Sql): Promise<void> {
  const reader = spawn('psql', [source, '-qc', sql.out], { stdio: ['ignore', 'pipe', 'inherit'] });
  const writer = spawn('psql', [target, '-qc', sql.in], { stdio: [reader.stdout, 'inherit', 'inherit'] });
  const [code] = await once(writer, 'exit');
  if (code !== 0) throw new Error(`psql ended with ${code}.`);
}

async function copyByStreams(source: string, target: string, sql: Sql): Promise<void> {
  const clients = [source, target].map((connectionString) => new pg.Client({ connectionString }));
  const [reader, writer] = clients;
  await Promise.all(clients.map((client) => client.connect()));
  try {
    if (reader && writer) await pipeline(reader.query(copyTo(sql.out)), writer.query(copyFrom(sql.in)));
  } finally {
    await Promise.all(clients.map((client) => client.end()));
  }
}
