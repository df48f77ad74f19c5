/** Making ranges equal that differ: their rows are brought again, and what nothing bears out any more leaves the target. */
import type { Client } from 'pg';
import { ident, table } from '../db/quote.ts';
import { addBooks, emptyBooks } from '../report/books.ts';
import type { Batch } from '../report/commit-row.ts';
import { demandFewGone } from './compare.ts';
import { keepContract } from './contract.ts';
import { find } from './find.ts';
import { countVacant, findFreed, remove, rivalsSql } from './freed.ts';
import { type IdRange, sumUp, withinSql } from './id-ranges.ts';
import { memory } from './joins.ts';
import { differingRanges, noteEqual } from './known-ranges.ts';
import { mergePart } from './merge-part.ts';
import { RANGE_ROWS, type ReconcileState, type Reconciling } from './reconciling.ts';
import { stage } from './stage.ts';
import { createStaging, dropStaging, type Part } from './staging.ts';
import { closeWindow, openSnapshot, selectSql } from './window.ts';

/** What a batch of repairs works with: tables for the rows of its ranges, for rivals from elsewhere, for keys. */
type Means = { session: Client; own: Part; rivals: Part; freed: string };

/** Makes the next ranges equal that differ; false when there are none left. */
export async function repairRanges(all: Reconciling, state: ReconcileState): Promise<boolean> {
  const { owner, context } = all;
  const ranges = await differingRanges(context.report(), owner, Math.ceil(state.size / RANGE_ROWS));
  if (ranges.length === 0) return false;
  // Columns that the ingest brings by its contract are brought here too.
  const { spec, settle } = await keepContract(all.spec, await context.production(), context.report());
  const job = { ...all, spec };
  const { session, prefix } = await context.staging();
  const [own, rivals] = [
    await createStaging(session, spec, prefix, 0),
    await createStaging(session, spec, prefix, 1),
  ];
  const means: Means = { session, own, rivals, freed: `kubescribe.${prefix}_freed` };
  let done: Done = { written: 0, removed: 0, reelected: 0 };
  await context.batch(spec.into, async (report, commitId) => {
    await settle(report);
    const { batch, ...rest } = await repair(job, state, means, ranges, report, commitId);
    done = rest;
    return batch;
  });
  state.equal += ranges.length;
  state.written += done.written;
  state.removed += done.removed;
  state.reelected += done.reelected;
  const { written, removed, reelected } = done;
  context.log.info(
    `${written} rows written, ${removed} removed, ${reelected} replaced by another row of their key`,
    done,
  );
  return true;
}

/** Rows written, keys that left the target, and keys that another row has taken over. */
type Done = { written: number; removed: number; reelected: number };

/** One batch: the turn was taken before the source's snapshot is, so that what is gone in it is gone. */
async function repair(
  job: Reconciling,
  state: ReconcileState,
  means: Means,
  ranges: readonly IdRange[],
  report: Client,
  commitId: number,
): Promise<Done & { batch: Partial<Batch> }> {
  const { spec, owner, declared, keepDeleted, context } = job;
  const { own, rivals, freed } = means;
  const production = await context.production();
  const { sourceIdentity, horizon, seen } = await openSnapshot(production, spec, report);
  await report.query(memory('local'));
  const within = withinSql(ident(spec.from.id), ranges);
  const read = await bring(job, production, means.session, `${selectSql(spec)} where ${within}`, own);
  const freedKeys = await findFreed(report, spec, ranges, own, freed, keepDeleted);
  const books = emptyBooks();
  // What its rows give cause for is known by the pipeline that brought them.
  const whose = { pipeline: owner.scope, runId: context.runId, commitId };
  const merged = (part: Part, read: number) => mergePart(spec, report, whose, { part, read }, books);
  let others = 0;
  if (freedKeys > 0) {
    const query = await rivalsSql(production, report, spec, ranges, freed);
    others = await bring(job, production, means.session, query, rivals);
    const removed = await remove(report, spec, freed);
    addBooks(books, { ...emptyBooks(), read: removed, written: removed });
  }
  await merged(own, read);
  if (others > 0) await merged(rivals, others);
  const source = await sumUp(production, table(spec.from.table), spec.from.id, ranges);
  await closeWindow(production);
  const target = await sumUp(report, table(spec.into), 'ks_source_id', ranges);
  const compared = ranges.map((range, i) => ({ range, source: source[i]!, target: target[i]! }));
  await noteEqual(report, owner, `${sourceIdentity} ${declared}`, compared);
  const removed = freedKeys > 0 ? await countVacant(report, spec, freed) : 0;
  demandFewGone(job, state, state.removed + removed);
  await report.query(`drop table ${freed}`);
  await dropStaging(report, [own, rivals]);
  return {
    batch: { sourceIdentity, horizon, seen, books },
    written: books.written - freedKeys,
    removed,
    reelected: freedKeys - removed,
  };
}

/** Brings all rows of a query into the tables of one part, and finds what stands out. */
async function bring(
  { spec, context }: Reconciling,
  production: Client,
  session: Client,
  query: string,
  part: Part,
): Promise<number> {
  let read = 0;
  const room = async () => ({ part, rows: Number.POSITIVE_INFINITY });
  for await (const staged of stage(production, session, spec, query, room, context.signal))
    read += staged.read;
  await find(session, spec, part);
  return read;
}
