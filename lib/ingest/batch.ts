/** One batch of an ingest: the parts of a reading that are judged and merged together, while the next ones are staged. */
import type { Client } from 'pg';
import * as z from 'zod';
import { Refusal, type TaskContext } from '../pipeline/task.ts';
import { Aborted } from '../report/aborted.ts';
import { type Books, emptyBooks } from '../report/books.ts';
import type { Batch } from '../report/commit-row.ts';
import { memory } from './joins.ts';
import { mergePart } from './merge-part.ts';
import type { Reading } from './reading.ts';
import type { IngestSpec } from './spec.ts';
import type { Part } from './staging.ts';

/** A share is taken of so many rows at least: one bad row among three is no flood. */
const FEWEST = 100;
/** The share of a batch's rows that may be rejected before the run refuses to go on; who runs it may say another. */
const Limit = z.looseObject({ maxRejected: z.number().optional() });

/** Takes the next rows of a reading, inside the batch's transaction. */
export async function ingestBatch<P>(
  spec: IngestSpec,
  context: Pick<TaskContext<P>, 'pipeline' | 'runId' | 'params'>,
  reading: Reading,
  report: Client,
  commitId: number,
): Promise<Partial<Batch>> {
  await report.query(memory('local'));
  const books = emptyBooks();
  const whose = { pipeline: context.pipeline, runId: context.runId, commitId };
  const taken: Part[] = [];
  for await (const staged of reading.batch()) {
    await mergePart(spec, report, whose, staged, books);
    taken.push(staged.part);
  }
  refuseTooManyRejected(spec, context.params, books);
  await reading.drop(report, taken);
  const { lastId, closed } = reading.at();
  return { ...reading.window, lastId, closed, books };
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
