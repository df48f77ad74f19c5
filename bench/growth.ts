import { join } from 'node:path';
import { startPostgres } from '../local/postgres.ts';
import type { Ground } from './ground.ts';
import { ours } from './queues/kubescribe.ts';
import { makePast } from './queues/past.ts';
import type { Queue } from './queues/queue.ts';
import { WORKERS } from './queues/queue.ts';
import { alternate, median, type Result, ratioOf } from './rounds.ts';

const FEW = 10_000;
const MANY = 10_000_000;
const PIPELINES = 16;
const JOBS = 1000;
const ROUNDS = 7;

/** What a long past costs the hot path. Needs 25 GB of disk, 4 GB of memory and 7 minutes, on a busy machine 15. */
export async function growth(ground: Ground): Promise<Result[]> {
  // The memory of a server that keeps ten million runs: a page of an index is read once, and logged compressed.
  // It is vacuumed whole once it is made; a sweep of ten million rows that falls into a round would be measured by chance.
  const settings = { shared_buffers: '2GB', wal_compression: 'on', max_wal_size: '8GB', autovacuum: 'off' };
  const server = await startPostgres({ home: join(ground.folder, 'growth'), databases: [], settings });
  const past = async (database: string, runs: number) =>
    ours(await makePast(server, database, { runs, pipelines: PIPELINES, lanes: WORKERS }), PIPELINES);
  const few = await past('past_few', FEW);
  const many = await past('past_many', MANY);
  // A server that keeps ten million runs is not just writing them down.
  await server.admin('checkpoint');
  try {
    return [
      await compare('claim-growth', few, many, (queue) => queue.takeBacklog(JOBS)),
      await compare('enqueue-growth', few, many, (queue) => queue.throughAll(JOBS)),
    ];
  } finally {
    await Promise.all([few.close(), many.close()]);
    await server.stop();
  }
}

async function compare(
  bench: string,
  few: Queue,
  many: Queue,
  measure: (queue: Queue) => Promise<number>,
): Promise<Result> {
  const rate = async (queue: Queue) => (JOBS * 1000) / (await measure(queue));
  const taken = await alternate(
    ROUNDS,
    () => rate(few),
    () => rate(many),
  );
  const said = (rates: number[]) => `${Math.round(median(rates)).toLocaleString('en')}/s`;
  return {
    bench,
    ratio: ratioOf(taken, 'large'),
    of: `the same with ${FEW.toLocaleString('en')} ended runs`,
    floor: 0.83,
    aim: 1,
    detail: `${said(taken.ours)} with ${MANY.toLocaleString('en')} ended runs, ${said(taken.peer)} with few`,
  };
}
