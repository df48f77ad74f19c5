import { EventEmitter } from 'node:events';
import { Logger, makeWorkerUtils, run } from 'graphile-worker';
import pg from 'pg';
import { each, type Queue, times, WORKERS, workThrough } from './queue.ts';

const NAME = 'no-work';
const silent = new Logger(() => () => {});

/** graphile-worker by its own functions, with default settings: prepared statements, a job at a time, no local queue. */
export async function graphileWorker(url: string): Promise<Queue> {
  // One more, on which its runner listens.
  const pgPool = new pg.Pool({ connectionString: url, max: WORKERS + 1 });
  pgPool.on('error', () => {});
  pgPool.on('connect', (client) => client.on('error', () => {}));
  const tools = await makeWorkerUtils({ pgPool, logger: silent });
  await tools.migrate();

  const ask = () => tools.addJob(NAME, {});
  const start = (concurrency: number, work: () => void | Promise<void>, events = new EventEmitter()) =>
    run({ pgPool, logger: silent, concurrency, noHandleSignals: true, events, taskList: { [NAME]: work } });

  /** As many of its workers as jobs, each of which holds the job that it took until all are taken. */
  async function takeBacklog(jobs: number): Promise<number> {
    await tools.addJobs(times(jobs).map(() => ({ identifier: NAME, payload: {} })));
    const events = new EventEmitter().setMaxListeners(0);
    const over = Promise.withResolvers<void>();
    let began: number | undefined;
    let ended = 0;
    let taken = 0;
    events.on('worker:getJob:start', () => {
      began ??= performance.now();
    });
    events.on('job:start', () => {
      if (++taken < jobs) return;
      ended = performance.now();
      over.resolve();
    });
    const runner = await start(jobs, () => over.promise, events);
    await over.promise;
    await runner.stop();
    return ended - (began ?? ended);
  }

  /** Its workers are up and take what comes; a job is asked for as soon as the one before was written down. */
  async function throughAll(jobs: number): Promise<number> {
    const over = Promise.withResolvers<void>();
    let done = 0;
    const runner = await start(WORKERS, () => {
      if (++done === jobs) over.resolve();
    });
    const began = performance.now();
    await workThrough(times(jobs), ask);
    await over.promise;
    // What it has done it writes down behind its workers' backs: stopping waits for that.
    await runner.stop();
    return performance.now() - began;
  }

  async function oneByOne(jobs: number): Promise<number[]> {
    let heard = () => {};
    const runner = await start(1, () => heard());
    const taken = await each(jobs, async () => {
      const over = Promise.withResolvers<void>();
      heard = over.resolve;
      await ask();
      await over.promise;
    });
    await runner.stop();
    return taken;
  }

  return {
    name: 'graphile-worker',
    takeBacklog,
    throughAll,
    oneByOne,
    async close() {
      await tools.release();
      await pgPool.end();
    },
  };
}
