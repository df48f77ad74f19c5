import { execFile, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import pg from 'pg';
import { from as copyFrom, to as copyTo } from 'pg-copy-streams';
import { loadDemo } from '../local/demo/load.ts';
import { createReportTables } from '../local/demo/report-tables.ts';
import type { LocalPostgres } from '../local/postgres.ts';
import type { Ground } from './ground.ts';
import { alternate, median, type Result, ratioOf } from './rounds.ts';

const ROUNDS = 5;
const PATH = '/usr/local/bin:/usr/bin:/bin';
const RUN = fileURLToPath(new URL('../local/run.ts', import.meta.url));
const OUT = 'copy market_bars_raw to stdout';
const IN = 'copy market_bars_copy from stdin';

/** The first load of the demo's feed, checked, deduplicated and summed up, beside a plain copy of the same rows. */
export async function ingestFirstCut(ground: Ground): Promise<Result> {
  const server = await ground.server();
  const rows = await loadDemo(server.url('prod'));
  const byPsql = spawnSync('psql', ['--version']).status === 0;
  let round = 0;
  const taken = await alternate(
    ROUNDS,
    () => plainCopy(server, byPsql),
    () => ingest(server, ground.folder, `bench_${round++}`),
  );
  const rate = (seconds: number[]) => `${Math.round(rows / median(seconds) / 1000)} k rows/s`;
  return {
    bench: 'ingest-first-cut',
    ratio: ratioOf(taken, 'small'),
    of: byPsql ? 'psql COPY | psql COPY' : 'pg-copy-streams from COPY to COPY',
    floor: null,
    aim: null,
    detail: `${rate(taken.ours)} of ${rows.toLocaleString('en')}, copied ${rate(taken.peer)}`,
  };
}

/** Seconds that the run itself took, by RunLog; its databases are new. */
async function ingest(server: LocalPostgres, folder: string, name: string): Promise<number> {
  const [runlog, report] = [`${name}_runlog`, `${name}_report`];
  await server.admin(`create database ${runlog}`);
  await server.admin(`create database ${report}`);
  await createReportTables(server.url(report));
  const { stdout } = await promisify(execFile)(process.execPath, [RUN, '--once', '--no-demo'], {
    env: {
      PATH,
      PORT: '0',
      KUBESCRIBE_HOME: join(folder, name),
      RUNLOG_DB_URL: server.url(runlog),
      PROD_DB_URL: server.url('prod'),
      REPORT_DB_URL: server.url(report),
    },
  });
  const { status, duration_ms } = JSON.parse(
    stdout.split('\n').find((line) => line.includes('"event":"run"')) ?? '{}',
  );
  if (status !== 'SUCCESS') throw new Error(`The run ended ${status}.`);
  for (const database of [runlog, report]) await server.admin(`drop database ${database} with (force)`);
  return Number(duration_ms) / 1000;
}

async function plainCopy(server: LocalPostgres, byPsql: boolean): Promise<number> {
  const source = server.url('prod');
  const target = server.url('report');
  await server.admin('drop table if exists market_bars_copy', 'report');
  const [shape] = await server.admin(
    `select string_agg(format('%I %s', attname, format_type(atttypid, atttypmod)), ', ' order by attnum) as columns
     from pg_attribute where attrelid = 'market_bars_raw'::regclass and attnum > 0 and not attisdropped`,
    'prod',
  );
  await server.admin(`create unlogged table market_bars_copy (${shape?.columns})`, 'report');
  const began = performance.now();
  await (byPsql ? copyByPsql(source, target) : copyByStreams(source, target));
  return (performance.now() - began) / 1000;
}

async function copyByPsql(source: string, target: string): Promise<void> {
  const reader = spawn('psql', [source, '-qc', OUT], { stdio: ['ignore', 'pipe', 'inherit'] });
  const writer = spawn('psql', [target, '-qc', IN], { stdio: [reader.stdout, 'inherit', 'inherit'] });
  const [code] = await once(writer, 'exit');
  if (code !== 0) throw new Error(`psql ended with ${code}.`);
}

async function copyByStreams(source: string, target: string): Promise<void> {
  const clients = [source, target].map((connectionString) => new pg.Client({ connectionString }));
  const [reader, writer] = clients;
  await Promise.all(clients.map((client) => client.connect()));
  try {
    if (reader && writer) await pipeline(reader.query(copyTo(OUT)), writer.query(copyFrom(IN)));
  } finally {
    await Promise.all(clients.map((client) => client.end()));
  }
}
