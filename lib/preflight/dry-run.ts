/** What an ingest would do with the newest rows of its source: done as ever, and undone. */
import { randomUUID } from 'node:crypto';
import type { Client } from 'pg';
import { connect } from '../db/connect.ts';
import { ident, table } from '../db/quote.ts';
import { ingestBatch } from '../ingest/batch.ts';
import { keepContract } from '../ingest/contract.ts';
import { openReading } from '../ingest/reading.ts';
import type { IngestSpec } from '../ingest/spec.ts';
import { BELOW_ALL_IDS, closeWindow, openSnapshot } from '../ingest/window.ts';
import { Refusal, type TaskContext } from '../pipeline/task.ts';
import { Aborted } from '../report/aborted.ts';
import { type Books, emptyBooks } from '../report/books.ts';
import { type BatchWork, type CommitRow, nextCommitId } from '../report/commit-row.ts';
import { stagingPrefix } from '../report/fence.ts';
import { takeTurn } from '../report/turn.ts';

const SECOND = 1000;
const LIMIT = 60 * SECOND;
/** Of each class and rule so many rows are shown. */
const SAMPLES = 3;

type Sample = {
  class: string;
  rule: string | null;
  symbol: string | null;
  ts: string | null;
  detail: Record<string, unknown>;
};

export type DryRun = {
  task: string;
  books: Books;
  samples: Sample[];
  /** Columns of the source that are no longer as they were. */
  changes: Record<string, string>;
  /** Why its run would end in ERROR. */
  refused?: string;
};

/** Ingests so many of the newest rows of the source, in a transaction that is rolled back. */
export async function dryRun(
  urls: { production: string; report: string },
  pipeline: string,
  spec: IngestSpec,
  rows: number,
): Promise<DryRun> {
  const session = { name: 'kubescribe dry run', statementTimeout: LIMIT };
  const open = (url: string) => connect(url, session);
  const production = await open(urls.production);
  const [report, stager] = [await open(urls.report), await open(urls.report)];
  const prefix = stagingPrefix(`dry run of ${pipeline}`, 0);
  const run: DryRun = { task: spec.name, books: emptyBooks(), samples: [], changes: {} };
  try {
    await report.query(`set idle_in_transaction_session_timeout = ${LIMIT}`);
    const kept = await keepContract(spec, production, report);
    run.changes = kept.changes;
    const watermark = await justBefore(production, report, kept.spec, rows);
    const around = { production, report, stager, prefix, watermark };
    const context = contextOf(pipeline, around, run);
    await context.batch(spec.into, async (client, commitId) => {
      await kept.settle(client);
      const reading = await openReading(kept.spec, context, client, rows, { alone: true });
      return ingestBatch(kept.spec, context, reading, client, commitId);
    });
  } catch (error) {
    const refusal = error instanceof Aborted ? error.refusal : error;
    if (!(refusal instanceof Refusal)) throw error;
    run.refused = refusal.message;
  } finally {
    await dropStaged(report, prefix).catch(() => {});
    for (const client of [production, report, stager]) await client.end();
  }
  return run;
}

/** A watermark behind which there are so many rows. */
async function justBefore(
  production: Client,
  report: Client,
  spec: IngestSpec,
  rows: number,
): Promise<CommitRow> {
  const { sourceIdentity, horizon } = await openSnapshot(production, spec, report);
  const id = ident(spec.from.id);
  const { rows: before } = await production.query<{ id: string }>(
    `select ${id}::text as id from ${table(spec.from.table)} order by ${table(spec.from.table)}.${id} desc offset ${rows} limit 1`,
  );
  await closeWindow(production);
  const lastId = before[0]?.id ?? BELOW_ALL_IDS;
  const window = { sourceIdentity, previousHorizon: '0', horizon, lastId, closed: false };
  return { ...window, books: emptyBooks(), commitId: 0, batch: 0, runId: randomUUID() };
}

type Around = { production: Client; report: Client; stager: Client; prefix: string; watermark: CommitRow };

/** A task's context without a run: its batch is looked at and rolled back. */
function contextOf(pipeline: string, around: Around, run: DryRun): TaskContext<object> {
  const { production, report, stager, prefix, watermark } = around;
  const silent = () => {};
  return {
    pipeline,
    params: { maxRejected: 1 },
    runId: watermark.runId,
    slot: undefined,
    range: undefined,
    state: {},
    signal: new AbortController().signal,
    log: { debug: silent, info: silent, warn: silent, error: silent },
    note: async () => {},
    progress: silent,
    production: async () => production,
    report: () => report,
    staging: async () => ({ session: stager, prefix }),
    watermark: async () => watermark,
    batch: (target, work) => undone(report, target, work, watermark, run),
  };
}

async function undone(
  report: Client,
  target: string,
  work: BatchWork,
  watermark: CommitRow,
  run: DryRun,
): Promise<CommitRow> {
  await report.query('begin');
  try {
    await takeTurn(report, target);
    const commitId = await nextCommitId(report);
    try {
      run.books = (await work(report, commitId)).books ?? run.books;
    } catch (error) {
      if (!(error instanceof Aborted)) throw error;
      run.books = error.books;
      run.refused = error.refusal.message;
    }
    run.samples = await samplesOf(report, commitId);
  } finally {
    await report.query('rollback');
  }
  return watermark;
}

async function samplesOf(report: Client, commitId: number): Promise<Sample[]> {
  const { rows } = await report.query<Sample>(
    `select class, rule, symbol, ts, detail
       from (select class, rule, symbol, ts::text, detail, row_number() over (partition by class, rule order by identity) as nth
               from kubescribe.evidence
              cross join lateral (select coalesce(detail ->> 'rule', 'cast.' || (detail ->> 'column_name')) as rule) named
              where commit_id = $1) each
      where nth <= ${SAMPLES} order by class, rule, nth`,
    [commitId],
  );
  return rows;
}

async function dropStaged(report: Client, prefix: string): Promise<void> {
  const { rows } = await report.query<{ name: string }>(
    `select oid::regclass::text as name from pg_class
      where relnamespace = 'kubescribe'::regnamespace and relkind = 'r' and starts_with(relname, $1)`,
    [prefix],
  );
  if (rows.length > 0) await report.query(`drop table ${rows.map(({ name }) => name).join(', ')}`);
}
