/** Comparing a source with what was remembered of it, and counting what is missing, before anything is written. */
import { pipeline } from 'node:stream/promises';
import type { Client } from 'pg';
import { from as copyFrom } from 'pg-copy-streams';
import { copyOut } from '../db/copy-out.ts';
import { ident, table } from '../db/quote.ts';
import { Refusal } from '../pipeline/task.ts';
import { cutsOf, type IdRange, type Sums, sumUp, withinSql } from './id-ranges.ts';
import { cutAt, lastRange, noteDiffering, rangesFrom } from './known-ranges.ts';
import { RANGE_ROWS, type ReconcileState, type Reconciling } from './reconciling.ts';
import { BELOW_ALL_IDS, closeWindow, openSnapshot } from './window.ts';

/** Rows that one batch cuts into ranges, and ranges that one batch compares. */
const AT_ONCE = 500_000;
const RANGES = 500;
/** A range that has grown to so many rows is cut again. */
const LARGE = 4 * RANGE_ROWS;
/** So few rows may go, whatever share of the target they are. */
const FEW = 10;

/** The name of a turn of its own: comparing keeps nobody from writing. */
const turnOf = ({ owner }: Reconciling) => `reconcile ${owner.scope}/${owner.task}`;

/** Cuts what lies beyond the last range; returns where to go on, undefined when all is cut. */
export async function cutRanges(job: Reconciling, at: string | undefined): Promise<string | undefined> {
  const { spec, owner, context } = job;
  let next: string | undefined;
  await context.batch(turnOf(job), async (report) => {
    const production = await context.production();
    await openSnapshot(production, spec, report);
    const low = at ?? (await lastRange(report, owner)) ?? BELOW_ALL_IDS;
    const cuts = await cutsOf(production, table(spec.from.table), spec.from.id, { low, until: null }, SIZES);
    await cutAt(report, owner, [low, ...cuts]);
    await closeWindow(production);
    next = cuts.length >= AT_ONCE / RANGE_ROWS - 1 ? cuts.at(-1) : undefined;
    return {};
  });
  return next;
}

const SIZES = { rows: RANGE_ROWS, most: AT_ONCE };

/**
 * Compares the next ranges with what is remembered of them; returns where to go on, undefined when all are compared: then
 * it refuses to go on when too many rows of the target have no source row any more.
 */
export async function compareRanges(job: Reconciling, state: ReconcileState): Promise<string | undefined> {
  const { spec, owner, declared, context } = job;
  const staging = await context.staging();
  const ids = `kubescribe.${staging.prefix}_ids`;
  let [next, sum]: [string | undefined, ReturnType<typeof sumOf>] = [undefined, sumOf([])];
  let [differing, missing]: [IdRange[], number] = [[], 0];
  await context.batch(turnOf(job), async (report) => {
    const production = await context.production();
    const { sourceIdentity } = await openSnapshot(production, spec, report);
    const ranges = await rangesFrom(report, owner, state.at ?? BELOW_ALL_IDS, RANGES);
    const source = await sumUp(production, table(spec.from.table), spec.from.id, ranges);
    const target = await sumUp(report, table(spec.into), 'ks_source_id', ranges);
    const compared = ranges.map((range, i) => ({ range, source: source[i]!, target: target[i]! }));
    differing = await noteDiffering(report, owner, `${sourceIdentity} ${declared}`, compared);
    for (const { range, source } of compared.filter(({ source }) => source.rows > LARGE)) {
      const size = { rows: RANGE_ROWS, most: source.rows };
      const cuts = await cutsOf(production, table(spec.from.table), spec.from.id, range, size);
      await cutAt(report, owner, cuts);
    }
    missing = job.keepDeleted ? 0 : await countMissing(job, production, report, differing, ids);
    await closeWindow(production);
    sum = sumOf(compared);
    next = ranges.at(-1)?.until ?? undefined;
    return {};
  });
  state.ranges += sum.ranges;
  state.differing += differing.length;
  state.sourceRows += sum.source;
  state.targetRows += sum.target;
  state.missing += missing;
  if (next === undefined) demandFewGone(job, state, state.missing);
  return next;
}

const sumOf = (compared: readonly { source: Sums; target: Sums }[]) => ({
  ranges: compared.length,
  source: compared.reduce((rows, { source }) => rows + source.rows, 0),
  target: compared.reduce((rows, { target }) => rows + target.rows, 0),
});

/** Counts the rows of the target in these ranges whose source row is not there, in the snapshot that is open. */
async function countMissing(
  { spec }: Reconciling,
  production: Client,
  report: Client,
  ranges: readonly IdRange[],
  ids: string,
): Promise<number> {
  if (ranges.length === 0) return 0;
  const { from, into } = spec;
  await report.query(`create unlogged table ${ids} (id bigint)`);
  const read = `select ${ident(from.id)} from ${table(from.table)} where ${withinSql(ident(from.id), ranges)}`;
  await pipeline(
    copyOut(production, `copy (${read}) to stdout`),
    report.query(copyFrom(`copy ${ids} from stdin`)),
  );
  const { rows } = await report.query<{ count: number }>(
    `select count(*) as count from ${table(into)}
      where ${withinSql('ks_source_id', ranges)} and ks_source_id not in (select id from ${ids})`,
  );
  await report.query(`drop table ${ids}`);
  return rows[0]!.count;
}

/** A source that is half restored, or spoilt, must not empty its target. */
export function demandFewGone({ spec, most }: Reconciling, state: ReconcileState, gone: number): void {
  const { sourceRows, targetRows } = state;
  const emptied = sourceRows === 0 && gone > 0 && most < 1;
  if (!emptied && gone <= Math.max(FEW, most * targetRows)) return;
  throw new Refusal(
    'TOO_MANY_GONE',
    `${gone} of ${targetRows} rows of ${spec.into} have no good row in ${spec.from.table} any more, which has ${sourceRows} ` +
      `in all; at most ${(most * 100).toFixed(2)} % may leave. These were not removed. If it is right that they go, ask ` +
      'for a reconcile with a larger "most".',
  );
}
