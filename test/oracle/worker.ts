/** Workers of a dataset: each a session with an epoch of its own, cut off where it is told. */
import { AsyncLocalStorage } from 'node:async_hooks';
import { randomUUID } from 'node:crypto';
import type { Client } from 'pg';
import { onBoundary } from '../../lib/boundary.ts';
import type { Json } from '../../lib/db/tables.ts';
import type { Task, TaskContext } from '../../lib/pipeline/task.ts';
import { type CommitRow, commitBatch, readWatermark } from '../../lib/report/commit-row.ts';
import { raise, stagingPrefix } from '../../lib/report/fence.ts';
import type { Leg } from './dataset.ts';
import type { Params } from './engine.ts';

/** Stands for the death of the process. */
class Killed extends Error {}

/** Dies at the COMMIT of the n-th batch from now on, before or after. */
type Doom = { batches: number; how: 'before' | 'after' };
const dooms = new AsyncLocalStorage<Doom>();

/** Lets workers die at their COMMIT; once a process. */
export function mayDie(): void {
  onBoundary((name, moment) => {
    const doom = dooms.getStore();
    if (name !== 'batch' || !doom || doom.how !== moment || --doom.batches > 0) return;
    throw new Killed(`${moment} the commit`);
  });
}

export type Bench = {
  /** The sessions of the two workers, and those by which they stage. */
  sessions: readonly [Client, Client];
  stagers: readonly [Client, Client];
  openProduction: () => Promise<Client>;
  pipeline: string;
  scope: string;
};

/** Where a run stands: whose it is, and what its last slice left. */
export type Run = { runId: string; state: Json };

export const newRun = (): Run => ({ runId: randomUUID(), state: {} });

/** Takes the scope for a worker, who works on a run until its end or until it is cut off; resolves to what is left. */
export async function work(
  bench: Bench,
  task: Task<Params>,
  { worker, cut }: Pick<Leg, 'worker' | 'cut'>,
  run: Run,
  epoch: number,
): Promise<Run> {
  await raise(bench.sessions[worker], bench.scope, epoch);
  return go(bench, task, worker, { run, epoch, cut });
}

/** The same without the right to it: whoever was overtaken and does not know. */
export function workAsZombie(bench: Bench, task: Task<Params>, worker: 0 | 1, epoch: number): Promise<Run> {
  return go(bench, task, worker, { run: newRun(), epoch });
}

type Going = { run: Run; epoch: number; cut?: Leg['cut'] };

async function go(bench: Bench, task: Task<Params>, worker: 0 | 1, { run, epoch, cut }: Going): Promise<Run> {
  const source = sourceOf(bench);
  const context = await contextOf(bench, task, worker, run, epoch, source.session);
  const pauseAfter = cut?.how === 'pause' ? cut.batches : Number.POSITIVE_INFINITY;
  let { state } = run;
  const walk = async () => {
    let batches = 0;
    for await (const left of task.run(context)) {
      state = left;
      if (++batches >= pauseAfter) return;
    }
  };
  try {
    await (cut && cut.how !== 'pause' ? dooms.run({ batches: cut.batches, how: cut.how }, walk) : walk());
  } catch (error) {
    // The dead leave what RunLog has: nothing of the slice.
    if (!(error instanceof Killed)) throw error;
    state = run.state;
  } finally {
    await source.close();
  }
  return { ...run, state };
}

/** The session of production that a slice has. */
function sourceOf({ openProduction }: Bench) {
  let client: Client | undefined;
  const close = async () => {
    await client?.end();
    client = undefined;
  };
  return {
    async session({ anew = false } = {}) {
      if (anew) await close();
      client ??= await openProduction();
      return client;
    },
    close,
  };
}

async function contextOf(
  { pipeline, scope, sessions, stagers }: Bench,
  task: Task<Params>,
  worker: 0 | 1,
  { runId, state }: Run,
  epoch: number,
  production: TaskContext<Params>['production'],
): Promise<TaskContext<Params>> {
  const report = sessions[worker];
  let watermark: CommitRow | undefined = await readWatermark(report, scope, task.name);
  const silent = () => {};
  const place = { scope, task: task.name, runId, epoch };
  return {
    params: { maxRejected: 1 },
    pipeline,
    runId,
    slot: undefined,
    range: undefined,
    state,
    signal: new AbortController().signal,
    log: { debug: silent, info: silent, warn: silent, error: silent },
    note: async () => {},
    progress: silent,
    production,
    report: () => report,
    staging: async () => ({ session: stagers[worker], prefix: stagingPrefix(scope, epoch) }),
    watermark: async () => watermark,
    async batch(target, write) {
      watermark = await commitBatch(report, place, watermark, target, write);
      return watermark;
    },
  };
}
