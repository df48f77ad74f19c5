/** The task that brings rows from production into a report table: window by window, batch by batch. */
import type { Client } from 'pg';
import { Refusal, type Task, type TaskContext, task } from '../pipeline/task.ts';
import type { Batch } from './commit-row.ts';
import { judge } from './judge.ts';
import { merge, touch } from './merge.ts';
import type { IngestSpec } from './spec.ts';
import { stage } from './stage.ts';
import { closeWindow, openWindow, windowSql } from './window.ts';

const SECOND = 1000;
/** What a batch aims at; after one that took longer the next has half the rows. */
const AIM = 5 * SECOND;
const FIRST_BATCH = 50_000;
const LARGEST_BATCH = 200_000;
const SMALLEST_BATCH = 1000;

/** A share says little about few rows: this many may be rejected all the same, unless none may. */
const HANDFUL = 20;

/** What a pipeline with an ingest may be asked for. */
export type IngestParams = {
  /** The share of a batch's rows that may be rejected (or a handful) before the run refuses to go on; 0: none. */
  maxRejected: number;
};

/** A task that ingests. */
export function ingest<P extends IngestParams>(spec: IngestSpec): Task<P> {
  return task<P>(spec.name, (context) => run(spec, context), { movesRows: true });
}

async function* run<P extends IngestParams>(spec: IngestSpec, context: TaskContext<P>) {
  let size = spec.firstBatch ?? FIRST_BATCH;
  let rows = typeof context.state.rows === 'number' ? context.state.rows : 0;
  // A window that an earlier run left open is finished first; only then comes this run's own.
  let own = context.state.own === true;
  for (let over = false; !over; ) {
    const started = performance.now();
    const before = await context.watermark();
    const row = await context.batch(spec.into, (report, commitId) =>
      batch(spec, context, report, commitId, size),
    );
    const took = performance.now() - started;
    own ||= !before || before.closed || before.sourceIdentity !== row.sourceIdentity;
    over = own && row.closed;
    const { books } = row;
    rows += books.read;
    context.progress(rows);
    context.log.info(`${books.written} rows written, ${books.rejected} rejected of ${books.read}`, {
      ...books,
      seconds: Math.round(took) / SECOND,
    });
    size = Math.max(
      SMALLEST_BATCH,
      Math.min(LARGEST_BATCH, took > AIM ? size / 2 : took < AIM / 2 ? size * 2 : size),
    );
    size = Math.round(size);
    yield { own, rows };
  }
}

/** One batch inside its transaction; the turn was taken before the source's snapshot is. */
async function batch<P extends IngestParams>(
  spec: IngestSpec,
  context: TaskContext<P>,
  report: Client,
  commitId: number,
  size: number,
): Promise<Batch> {
  const production = await context.production();
  const staged = `kubescribe.stage_${commitId}`;
  const judged = `kubescribe.judged_${commitId}`;
  try {
    await report.query(`set local work_mem = '64MB'`);
    const { afterId, ...window } = await openWindow(production, await context.watermark());
    const query = windowSql(spec, { afterId, ...window }, size);
    const { read, lastId } = await stage(production, report, spec, query, staged, context.signal);
    const verdicts = await judge(report, spec, staged, judged);
    refuseTooManyRejected(spec, context.params, read, verdicts.rejected);
    const written = await merge(report, spec, judged, commitId);
    await touch(report, spec, judged);
    await report.query(`drop table ${staged}, ${judged}`);
    const books = { read, written, failed: 0, ...verdicts };
    return { ...window, lastId: Math.max(lastId, afterId), closed: read < size, books };
  } finally {
    await closeWindow(production);
  }
}

function refuseTooManyRejected(
  spec: IngestSpec,
  { maxRejected }: IngestParams,
  read: number,
  rejected: number,
): void {
  const tolerated = maxRejected === 0 ? 0 : Math.max(HANDFUL, maxRejected * read);
  if (rejected <= tolerated) return;
  const percent = (share: number) => `${(share * 100).toFixed(2)} %`;
  throw new Refusal(
    'TOO_MANY_REJECTED',
    `${rejected} of ${read} rows of ${spec.from.table} were rejected (${percent(rejected / read)}); ` +
      `at most ${percent(maxRejected)} may be. Nothing of this batch was written.`,
  );
}
