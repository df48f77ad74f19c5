/** One batch of an ingest: staged part by part by one session, judged and merged by another a part behind. */
import type { Client } from 'pg';
import * as z from 'zod';
import { Refusal, type TaskContext } from '../pipeline/task.ts';
import { Aborted } from '../report/aborted.ts';
import { type Books, emptyBooks } from '../report/books.ts';
import type { Batch, CommitRow } from '../report/commit-row.ts';
import { partRows } from './batch-size.ts';
import type { Kept } from './contract.ts';
import { find } from './find.ts';
import { memory } from './joins.ts';
import { mergePart } from './merge-part.ts';
import { openRange, rangeSql } from './range.ts';
import type { IngestSpec } from './spec.ts';
import { type Staged, stage } from './stage.ts';
import { createStaging, dropStaging, type Part, partsOf } from './staging.ts';
import { closeWindow, openWindow, windowSql } from './window.ts';

/** A share is taken of so many rows at least: one bad row among three is no flood. */
const FEWEST = 100;
/** The share of a batch's rows that may be rejected before the run refuses to go on; who runs it may say another. */
const Limit = z.looseObject({ maxRejected: z.number().optional() });

/** What a batch works with: the session that stages, the tables for it, and of how many rows a part is. */
type Means = { session: Client; parts: readonly Part[]; rows: number };

/** Reads so many rows at most and commits what became of them. */
export async function ingestBatch<P>(
  { spec, settle }: Pick<Kept, 'spec' | 'settle'>,
  context: TaskContext<P>,
  size: number,
): Promise<CommitRow> {
  const { session, prefix } = await context.staging();
  const rows = partRows(size);
  const parts = partsOf(prefix, Math.ceil(size / rows));
  await createStaging(context.report(), spec, parts);
  return context.batch(spec.into, async (report, commitId) => {
    await settle(report);
    return batch(spec, context, report, commitId, size, { session, parts, rows });
  });
}

/**
 * One batch inside its transaction; the turn was taken before the source's snapshot is, and all is staged after that. When
 * copying fails, production's session may be left in mid-sentence: it is not asked again, but closed with the task.
 */
async function batch<P>(
  spec: IngestSpec,
  context: TaskContext<P>,
  report: Client,
  commitId: number,
  size: number,
  means: Means,
): Promise<Partial<Batch>> {
  const production = await context.production();
  const { range, signal } = context;
  const open = range ? openRange : openWindow;
  const { afterId, ...window } = await open(
    production,
    spec,
    await context.watermark(),
    report,
    context.reset,
  );
  const query = range
    ? await rangeSql(production, spec, range, { afterId, ...window }, size)
    : windowSql(spec, { afterId, ...window }, size);
  await report.query(memory('local'));
  await means.session.query(memory(''));
  const books = emptyBooks();
  const whose = { pipeline: context.pipeline, runId: context.runId, commitId };
  let lastId = afterId;
  for await (const staged of ahead(
    found(spec, stage(production, means.session, spec, query, means, signal), means),
  )) {
    await mergePart(spec, report, whose, staged, books);
    lastId = staged.lastId ?? lastId;
  }
  await closeWindow(production);
  refuseTooManyRejected(spec, context.params, books);
  await dropStaging(report, means.parts);
  return { ...window, lastId, closed: books.read < size, books };
}

/** What stands out of a part is found before it is passed on. */
async function* found(spec: IngestSpec, all: AsyncIterable<Staged>, { session }: Means) {
  for await (const staged of all) {
    await find(session, spec, staged.part);
    yield staged;
  }
}

/** Has the next one made while one is worked on. */
async function* ahead<T>(all: AsyncGenerator<T, void>): AsyncGenerator<T, void> {
  let next = all.next();
  try {
    for (let one = await next; !one.done; one = await next) {
      next = all.next();
      // Whoever stops early does not hear of it.
      next.catch(() => {});
      yield one.value;
    }
  } finally {
    await all.return().catch(() => {});
  }
}

function refuseTooManyRejected(spec: IngestSpec, params: unknown, books: Books): void {
  const { read } = books;
  const rejected = books.rejected + books.failed;
  const most = Limit.safeParse(params).data?.maxRejected ?? spec.onReject.most ?? 1;
  if (rejected <= most * Math.max(read, FEWEST)) return;
  const percent = (share: number) => `${(share * 100).toFixed(2)} %`;
  const why =
    `${rejected} of ${read} rows of ${spec.from.table} were rejected (${percent(rejected / read)}); ` +
    `at most ${percent(most)} may be. Nothing of this batch was written.`;
  throw new Aborted(new Refusal('TOO_MANY_REJECTED', why), books);
}
