import { randomUUID } from 'node:crypto';
import type { Client } from 'pg';
import { connect } from '../../../lib/db/connect.ts';
import type { Task, TaskContext } from '../../../lib/pipeline/task.ts';
import { addBooks, type Books, emptyBooks } from '../../../lib/report/books.ts';
import { commitBatch, readWatermark } from '../../../lib/report/commit-row.ts';
import { stagingPrefix } from '../../../lib/report/fence.ts';
import { test as base } from '../../setup/fixtures.ts';
import { settled } from '../../setup/settled.ts';
import { createFeed, createThings, type Params } from './feed.ts';

const EPOCH = 1;

/** A run of a range, in the scope that such a run has for itself. */
export type Ranged = { scope: string; range: { from: Date; until: Date }; reset?: string };

/** What is done after each batch. */
type Between = { between: () => Promise<unknown> };

type Done = { books: Books; warnings: string[] };

/** A task run to its end on real databases, as the only one of its scope and without RunLog. */
export async function runTask(
  prod: Client,
  report: Client,
  task: Task<Params>,
  params: Partial<Params> = {},
  { scope, range, reset, between }: Partial<Ranged & Between> = {},
): Promise<Done> {
  const place = { scope: scope ?? 'test', task: task.name, runId: randomUUID(), epoch: EPOCH };
  await report.query('insert into kubescribe.fence values ($1, $2) on conflict do nothing', [
    place.scope,
    EPOCH,
  ]);
  const staging = await besides(report);
  let source = await besides(prod);
  let watermark = await readWatermark(report, place.scope, task.name);
  const done: Done = { books: emptyBooks(), warnings: [] };
  const silent = () => {};
  const context: TaskContext<Params> = {
    params: { maxRejected: 1, fail: false, ...params },
    pipeline: 'test',
    runId: place.runId,
    slot: undefined,
    range,
    reset,
    state: {},
    signal: new AbortController().signal,
    log: { debug: silent, info: silent, warn: (message) => void done.warnings.push(message), error: silent },
    note: async () => {},
    progress: silent,
    async production({ anew = false } = {}) {
      if (!anew) return source;
      await source.end();
      source = await besides(prod);
      return source;
    },
    report: () => report,
    staging: async () => ({ session: staging, prefix: stagingPrefix(place.scope, EPOCH) }),
    watermark: async () => watermark,
    async batch(target, work) {
      watermark = await commitBatch(report, place, watermark, target, work);
      addBooks(done.books, watermark.books);
      return watermark;
    },
  };
  try {
    for await (const _ of task.run(context)) await between?.();
  } finally {
    await staging.end();
    await source.end();
  }
  return done;
}

/** Another session of the same login. */
async function besides({ user, password, host, port, database }: Client): Promise<Client> {
  const url = new URL(`postgresql://${host}:${port}/${database}`);
  Object.assign(url, { username: user ?? '', password: password ?? '' });
  return connect(url.href, { name: 'beside' });
}

/** Tests with a feed, its report tables, and tasks that are run directly, at once or when the source is at rest. */
export const test = base.extend('feed', async ({ prod, report, connect: open }, { onCleanup }) => {
  const reader = await connect(prod, { name: 'reader' });
  const writer = await connect(report, { name: 'writer' });
  onCleanup(async () => {
    await reader.end();
    await writer.end();
  });
  const [production, reports] = [await open(prod), await open(report)];
  await createFeed(production);
  await createThings(reports);
  const runNow = (task: Task<Params>, params?: Partial<Params>, how?: Partial<Ranged & Between>) =>
    runTask(reader, writer, task, params, how);
  const run: typeof runNow = async (task, params, how) => {
    await settled(reader);
    return runNow(task, params, how);
  };
  return { production, reports, writer, run, runNow };
});
