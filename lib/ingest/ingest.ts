/** The task that brings rows from production into a report table: window by window, batch by batch. */
import type { Client } from 'pg';
import * as z from 'zod';
import { Refusal, type Task, type TaskContext, task } from '../pipeline/task.ts';
import type { Batch, CommitRow } from '../report/commit-row.ts';
import { firstSize, nextSize } from './batch-size.ts';
import { ingestSpec } from './check-spec.ts';
import { judge } from './judge.ts';
import { merge, touch } from './merge.ts';
import { noTime, openRange, rangeSql } from './range.ts';
import type { IngestOptions, IngestSpec } from './spec.ts';
import { stage } from './stage.ts';
import { closeWindow, HorizonBehind, openWindow, windowSql } from './window.ts';

const SECOND = 1000;
/** A share is taken of so many rows at least: one bad row among three is no flood. */
const FEWEST = 100;

/** The share of a batch's rows that may be rejected before the run refuses to go on; who runs it may say another. */
const Limit = z.looseObject({ maxRejected: z.number().optional() });

/** What a pause leaves: whether the window is this run's own, how large batches had become, what was read. */
const State = z.object({ own: z.boolean(), size: z.number(), rows: z.number() }).partial();

/** A task that ingests. Throws a PipelineError when it cannot work as written. */
export const ingest = <P>(options: IngestOptions): Task<P> => taskOf<P>(ingestSpec(options));

function taskOf<P>(spec: IngestSpec): Task<P> {
  return task<P>(spec.name, (context) => run(spec, context), {
    movesRows: true,
    spec,
    writes: spec.into,
    telling: (summaries) =>
      taskOf({ ...spec, touches: summaries.map(({ into, by }) => ({ target: into, by })) }),
    ...(spec.from.time === undefined && { noRange: noTime(spec.name) }),
  });
}

async function* run<P>(spec: IngestSpec, context: TaskContext<P>) {
  const ranged = context.range !== undefined;
  let { own = ranged, size = firstSize(spec.batchRows), rows = 0 } = State.parse(context.state);
  // The scope of a range is its run's alone: closed, it was read to its end.
  if (ranged && (await context.watermark())?.closed) return;
  // Connected before the first turn is taken: others need not wait for it.
  await context.production();
  // A window that an earlier run left open is finished first; only then comes this run's own.
  for (let over = false; !over; ) {
    const started = performance.now();
    const before = await context.watermark();
    const row = await batchOrNothing(spec, context, size);
    if (!row) return;
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
    size = nextSize(size, took, spec.batchRows);
    yield { own, size, rows };
  }
}

/**
 * A source that stands behind what was read opens no window: its rows are left to a later run. A range has no later run:
 * its attempt fails, and is made again.
 */
async function batchOrNothing<P>(
  spec: IngestSpec,
  context: TaskContext<P>,
  size: number,
): Promise<CommitRow | undefined> {
  try {
    return await context.batch(spec.into, (report, commitId) => batch(spec, context, report, commitId, size));
  } catch (error) {
    if (!(error instanceof HorizonBehind) || context.range) throw error;
    context.log.warn(`Nothing was read: ${error.message}. Is it a standby that lags? A later run goes on.`);
    return undefined;
  }
}

/**
 * One batch inside its transaction; the turn was taken before the source's snapshot is. When copying fails, production's
 * session may be left in mid-sentence: it is not asked again, but closed with the task.
 */
async function batch<P>(
  spec: IngestSpec,
  context: TaskContext<P>,
  report: Client,
  commitId: number,
  size: number,
): Promise<Partial<Batch>> {
  const production = await context.production();
  const staged = { fast: `kubescribe.typed_${commitId}`, slow: `kubescribe.stage_${commitId}` };
  const judged = `kubescribe.judged_${commitId}`;
  await report.query(`set local work_mem = '64MB'`);
  const { range } = context;
  const open = range ? openRange : openWindow;
  const { afterId, ...window } = await open(production, spec, await context.watermark(), report);
  const query = range
    ? await rangeSql(production, spec, range, { afterId, ...window }, size)
    : windowSql(spec, { afterId, ...window }, size);
  const { read, lastId = afterId } = await stage(production, report, spec, query, staged, context.signal);
  await closeWindow(production);
  const verdicts = await judge(report, spec, staged, judged);
  refuseTooManyRejected(spec, context.params, read, verdicts.rejected);
  await touch(report, spec, judged);
  const written = await merge(report, spec, judged, commitId);
  await report.query(`drop table ${staged.fast}, ${staged.slow}, ${judged}`);
  return { ...window, lastId, closed: read < size, books: { read, written, failed: 0, ...verdicts } };
}

function refuseTooManyRejected(spec: IngestSpec, params: unknown, read: number, rejected: number): void {
  const most = Limit.safeParse(params).data?.maxRejected ?? spec.onReject.most ?? 1;
  if (rejected <= most * Math.max(read, FEWEST)) return;
  const percent = (share: number) => `${(share * 100).toFixed(2)} %`;
  throw new Refusal(
    'TOO_MANY_REJECTED',
    `${rejected} of ${read} rows of ${spec.from.table} were rejected (${percent(rejected / read)}); ` +
      `at most ${percent(most)} may be. Nothing of this batch was written.`,
  );
}
