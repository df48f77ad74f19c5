import { join } from 'node:path';
import { type Db, openRunLog } from '../lib/db/connect.ts';
import { listRuns } from '../lib/ledger/list-runs.ts';
import type { RunFilter } from '../lib/ledger/run-filter.ts';
import type { RunPlace } from '../lib/ledger/run-order.ts';
import { startPostgres } from '../local/postgres.ts';
import type { Ground } from './ground.ts';
import { alternate, median, type Result, ratioOf } from './rounds.ts';
import { makeRunsPast, placeAt } from './runs-past.ts';

const RUNS = 10_000_000;
/** Many and short: what else the machine does falls on few of them. */
const ROUNDS = 41;
/** Pages of one round. */
const PAGES = 10;
const LIMIT = 50;

/** Lists of ten million runs: in their depth, by columns, by tags, meta and words. Needs 17 GB of disk and ten minutes, on a busy machine 30. */
export async function listAtSize(ground: Ground, runs = RUNS): Promise<Result[]> {
  const settings = { shared_buffers: '2GB', wal_compression: 'on', max_wal_size: '8GB' };
  const server = await startPostgres({ home: join(ground.folder, 'lists'), databases: [], settings });
  try {
    const url = await makeRunsPast(server, 'runs_past', runs);
    await server.admin('checkpoint');
    return await measureLists(url, runs);
  } finally {
    await server.stop();
  }
}

/** The same for a past that is there. */
export async function measureLists(url: string, runs: number): Promise<Result[]> {
  const db = openRunLog(url, { name: 'bench' });
  try {
    return [await deep(db, runs), await byColumns(db), ...(await bySearch(db))];
  } finally {
    await db.destroy();
  }
}

async function deep(db: Db, runs: number): Promise<Result> {
  const half = await against(db, {}, await placeAt(db, runs * 0.5));
  const end = await against(db, {}, await placeAt(db, runs * 0.99));
  const worst = half.ratio < end.ratio ? half : end;
  return {
    bench: 'list-deep',
    ratio: worst.ratio,
    of: 'the first page',
    floor: 0.83,
    aim: 1,
    detail: `at half of the way ${said(half)}, at 99 % ${said(end)}`,
  };
}

const columns: RunFilter[] = [
  { component: 'pipeline-3' },
  { component: 'rare-one' },
  { status: ['SUCCESS'] },
  { status: ['ERROR'] },
  { status: ['STARTED'] },
  { status: ['CANCELLED'] },
  { trigger: ['cron'] },
  { trigger: ['manual'] },
  { source: ['k8s'] },
  { source: ['ci'] },
  { from: new Date('2026-01-01T00:00:00Z'), to: new Date('2026-01-02T00:00:00Z') },
  { status: ['ERROR'], to: new Date('2026-02-01T00:00:00Z') },
  { component: 'pipeline-3', status: ['CANCELLED'] },
  { component: 'rare-one', source: ['local'] },
  { component: 'pipeline-3', trigger: ['manual'] },
  { trigger: ['manual'], source: ['ci'] },
  { status: ['ERROR', 'TIMEOUT'], trigger: ['api'] },
  { status: ['ERROR'], source: ['ci'] },
];

async function byColumns(db: Db): Promise<Result> {
  const taken: { filter: string; ratio: number; detail: string }[] = [];
  for (const filter of columns) {
    const compared = await against(db, filter, undefined);
    taken.push({ filter: JSON.stringify(filter), ratio: compared.ratio, detail: said(compared) });
  }
  taken.sort((a, b) => a.ratio - b.ratio);
  const slowest = taken.slice(0, 3).map(({ filter, detail }) => `${filter} ${detail}`);
  return {
    bench: 'list-filter',
    ratio: taken[0]?.ratio ?? Number.NaN,
    of: 'the first page of all',
    floor: 0.5,
    aim: 1,
    detail: `the slowest of ${columns.length}: ${slowest.join(', ')}`,
  };
}

const searches: Record<string, RunFilter> = {
  'list-text': { q: 'orders_777 reset' },
  'list-text-frequent': { q: 'connection reset' },
  'list-text-absent': { q: 'nowhere' },
  'list-meta': { meta: { params: { symbol: 'S77' } } },
  'list-meta-frequent': { meta: { kind: 'slot' } },
  'list-tag': { tag: ['team-3', 'nightly'] },
  'list-duration-absent': { min_duration_ms: 1_000_000 },
};

async function bySearch(db: Db): Promise<Result[]> {
  const results: Result[] = [];
  for (const [bench, filter] of Object.entries(searches)) {
    const compared = await against(db, filter, undefined);
    const detail = `${JSON.stringify(filter)} ${said(compared)}`;
    results.push({
      bench,
      ratio: compared.ratio,
      of: 'the first page of all',
      floor: null,
      aim: null,
      detail,
    });
  }
  return results;
}

type Compared = { ratio: number; ours: number[]; peer: number[] };

async function against(db: Db, filter: RunFilter, place: RunPlace): Promise<Compared> {
  const taken = await alternate(
    ROUNDS,
    () => timeOf(db, {}, undefined),
    () => timeOf(db, filter, place),
  );
  return { ...taken, ratio: ratioOf(taken, 'small') };
}

/** Milliseconds a page. */
async function timeOf(db: Db, filter: RunFilter, place: RunPlace): Promise<number> {
  const times: number[] = [];
  for (let i = 0; i < PAGES; i++) {
    const began = performance.now();
    await listRuns(db, filter, { limit: LIMIT, place });
    times.push(performance.now() - began);
  }
  return median(times);
}

const said = ({ ours, peer }: Compared) =>
  `${median(ours).toFixed(2)} ms (first page ${median(peer).toFixed(2)} ms)`;
