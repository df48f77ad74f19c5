import { join } from 'node:path';
import { sql } from 'kysely';
import { type Db, openRunLog } from '../lib/db/connect.ts';
import type { LogFilter } from '../lib/logs/filter.ts';
import { keyOf } from '../lib/logs/find.ts';
import { listLines } from '../lib/logs/list.ts';
import type { LogPlace, Order } from '../lib/logs/order.ts';
import { startPostgres } from '../local/postgres.ts';
import type { Ground } from './ground.ts';
import { LARGE_RUN, makeLogsPast } from './logs-past.ts';
import { alternate, median, type Result, ratioOf } from './rounds.ts';

/** With its indexes 3 GB; several minutes on a machine that does nothing else. */
const LINES = 5_000_000;
/** Many and short: what else the machine does falls on few of them. */
const ROUNDS = 31;
/** Pages of one round. */
const PAGES = 10;
const LIMIT = 100;

type Listed = { name: string; filter: LogFilter; order: Order; where: string; share: number };

/** What is listed, and how many of so many lines it has. */
const lists: Listed[] = [
  {
    name: 'a run',
    filter: { job_run_id: LARGE_RUN },
    order: 'asc',
    where: `job_run_id = '${LARGE_RUN}'`,
    share: 0.24,
  },
  { name: 'the system', filter: { type: 'system' }, order: 'desc', where: `type = 'system'`, share: 0.02 },
  { name: 'tasks', filter: { type: 'task' }, order: 'desc', where: `type = 'task'`, share: 0.88 },
  { name: 'errors', filter: { level: ['error'] }, order: 'desc', where: `level = 'error'`, share: 0.001 },
  { name: 'all', filter: {}, order: 'desc', where: 'true', share: 1 },
];

/** Pages of the log in its depth beside its first; the second argument of bench/run.ts is the number of lines. */
export async function logPage(ground: Ground, lines = LINES): Promise<Result> {
  const settings = { shared_buffers: '1GB', wal_compression: 'on', max_wal_size: '8GB' };
  const server = await startPostgres({ home: join(ground.folder, 'logs'), databases: [], settings });
  try {
    const url = await makeLogsPast(server, 'logs_past', lines);
    await server.admin('checkpoint');
    return await measurePages(url, lines);
  } finally {
    await server.stop();
  }
}

/** The same for a past that is there. */
export async function measurePages(url: string, lines: number): Promise<Result> {
  const db = openRunLog(url, { name: 'bench', statementTimeout: 120_000 });
  try {
    const taken: { ratio: number; said: string }[] = [];
    for (const list of lists) taken.push(await deep(db, list, lines));
    return {
      bench: 'log-page',
      ratio: Math.min(...taken.map(({ ratio }) => ratio)),
      of: 'the first page',
      floor: 0.83,
      aim: 1,
      detail: `${lines} lines of 30 days, at half of the way and at 99 %: ${taken.map(({ said }) => said).join('; ')}`,
    };
  } finally {
    await db.destroy();
  }
}

async function deep(db: Db, list: Listed, lines: number): Promise<{ ratio: number; said: string }> {
  const of = Math.floor(lines * list.share);
  const said: string[] = [];
  const ratios: number[] = [];
  for (const part of [0.5, 0.99]) {
    const place = await placeAt(db, list, Math.floor(of * part));
    const taken = await alternate(
      ROUNDS,
      () => timeOf(db, list, undefined),
      () => timeOf(db, list, place),
    );
    ratios.push(ratioOf(taken, 'small'));
    said.push(`${median(taken.ours).toFixed(2)} (${median(taken.peer).toFixed(2)}) ms`);
  }
  return { ratio: Math.min(...ratios), said: `${list.name} ${said.join(', ')}` };
}

async function placeAt(db: Db, { where, order }: Listed, depth: number): Promise<LogPlace> {
  const direction = sql.raw(order);
  const { rows } = await sql<{ timestamp: string; id: number }>`
    select to_char(log.timestamp, 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') as timestamp, log.id from logs log
     where ${sql.raw(where)} order by log.timestamp ${direction}, log.id ${direction} offset ${depth} limit 1`.execute(
    db,
  );
  return rows[0] && { way: '<', key: keyOf(rows[0]) };
}

/** Milliseconds a page. */
async function timeOf(db: Db, { filter, order }: Listed, place: LogPlace): Promise<number> {
  const times: number[] = [];
  for (let i = 0; i < PAGES; i++) {
    const began = performance.now();
    await listLines(db, filter, { limit: LIMIT, order, place });
    times.push(performance.now() - began);
  }
  return median(times);
}
