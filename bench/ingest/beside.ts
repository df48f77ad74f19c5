/** The ingest beside what is written by hand, and what it costs in memory and as tables grow. */
import { createReportTables } from '../../local/demo/report-tables.ts';
import type { Ground } from '../ground.ts';
import { alternate, median, type Result, ratioOf } from '../rounds.ts';
import { DAYS, type Feed, feedOf } from './feed.ts';
import { byHand } from './zod-peer.ts';

const ROUNDS = 5;
const FEW_ROWS = 20_000;
const MOST_MEGABYTES = 150;

/** Rows a second beside zod and batched upserts, which note no evidence and sum nothing up. */
export const ingestVsZod = (ground: Ground) => besideHand(ground, 'batches');

/** Rows a second beside one upsert a row. */
export const ingestVsRows = (ground: Ground) => besideHand(ground, 'rows');

async function besideHand(ground: Ground, how: 'batches' | 'rows'): Promise<Result> {
  const feed = await feedOf(ground, DAYS[0.2]);
  const taken = await alternate(
    ROUNDS,
    async () => {
      const rows = how === 'rows' ? FEW_ROWS : feed.rows;
      return rows / (await handed(feed, how, rows));
    },
    async () => {
      const { seconds } = await feed.run('hand');
      await feed.drop('hand');
      return feed.rows / seconds;
    },
  );
  const rate = (values: number[]) => `${(median(values) / 1000).toFixed(1)} k rows/s`;
  const of = how === 'rows' ? 'zod and one prepared upsert a row' : 'zod and upserts of 1,000 rows';
  const limits = how === 'rows' ? { floor: 25, aim: 50 } : { floor: 2, aim: 4 };
  return {
    bench: how === 'rows' ? 'ingest-vs-rows' : 'ingest-vs-zod',
    ratio: ratioOf(taken, 'large'),
    of,
    ...limits,
    detail: `${rate(taken.ours)} of ${feed.rows.toLocaleString('en')}, by hand ${rate(taken.peer)}`,
  };
}

async function handed({ server }: Feed, how: 'batches' | 'rows', rows: number): Promise<number> {
  await server.admin('create database by_hand');
  await createReportTables(server.url('by_hand'));
  const { seconds, read } = await byHand(server.url('prod'), server.url('by_hand'), how, rows);
  if (read !== rows) throw new Error(`Read ${read} rows of ${rows}.`);
  await server.admin('drop database by_hand with (force)');
  return seconds;
}

/** 150 MB over the most memory that the function's process had. */
export async function ingestMemory(ground: Ground): Promise<Result> {
  const feed = await feedOf(ground, DAYS[2]);
  const peaks: number[] = [];
  for (let round = 0; round < ROUNDS; round++) {
    peaks.push(await feed.peak('memory'));
    await feed.drop('memory');
  }
  return memory('ingest-memory', feed.rows, median(peaks));
}

const memory = (bench: string, rows: number, peak: number): Result => ({
  bench,
  ratio: MOST_MEGABYTES / peak,
  of: `${MOST_MEGABYTES} MB`,
  floor: 1,
  aim: 1.5,
  detail: `${peak.toFixed(0)} MB at most for ${rows.toLocaleString('en')} rows`,
});

/** First loads of 0.2, 2 and 20 million rows: seconds a row, and memory. Needs 25 GB of disk and half an hour. */
export async function ingestGrowth(ground: Ground): Promise<Result[]> {
  const costs: number[] = [];
  let last: Result | undefined;
  for (const days of [DAYS[0.2], DAYS[2], DAYS[20]]) {
    const feed = await feedOf(ground, days);
    const { seconds } = await feed.run('growth');
    await feed.drop('growth');
    const peak = await feed.peak('growth');
    await feed.drop('growth');
    costs.push((seconds / feed.rows) * 1e6);
    last = memory('ingest-memory-20m', feed.rows, peak);
  }
  const growth: Result = {
    bench: 'ingest-growth',
    ratio: Math.min(...costs) / Math.max(...costs),
    of: 'the quickest row of first loads of 0.2, 2 and 20 million',
    floor: 0.67,
    aim: 1,
    detail: `${costs.map((cost) => cost.toFixed(2)).join(', ')} µs a row`,
  };
  return last ? [growth, last] : [growth];
}
