import { onTestFinished } from 'vitest';
import { onBoundary } from '../../lib/boundary.ts';
import { emptyBooks } from '../../lib/report/books.ts';
import { PART } from '../../lib/work/ship.ts';
import { test as base, expect } from '../setup/product.ts';
import { oneRow, WRITTEN } from './hands-on.ts';
import { type Context, pipelineOf } from './pipeline-of.ts';

const MANY = PART + 1;

/** A batch whose evidence takes more than one part. */
const muchEvidence = (context: Context) =>
  context.batch('written', async (client, commitId) => {
    await client.query(
      `insert into kubescribe.evidence (commit_id, identity, class, detail)
       select $1, sha256(n::text::bytea), 'cast_errors', '{}' from generate_series(1, $2::int) n`,
      [commitId, MANY],
    );
    return { books: { ...emptyBooks(), read: MANY, rejected: MANY, evidence: { cast_errors: MANY } } };
  });

const test = base.extend('shipped', async ({ runlog, report, connect }) => {
  const [log, reports] = [await connect(runlog), await connect(report)];
  await reports.query(WRITTEN);
  onTestFinished(() => onBoundary(undefined));
  return async () => ({
    rows: (await log.query('select count(*)::int as n from operation_logs.cast_errors')).rows[0].n,
    read: (await log.query('select read::int from batch_books order by batch')).rows.map(({ read }) => read),
    waiting: (await reports.query('select from kubescribe.evidence')).rowCount,
  });
});

test('what a batch left is shipped while the next is made, and a run ends when all is', async ({
  product,
  shipped,
}) => {
  const next = Promise.withResolvers<void>();
  onBoundary(async (name, moment) => {
    if (name === 'ship' && moment === 'before') await next.promise;
  });
  const { start } = await product({
    pipelines: [
      pipelineOf(async function* (context) {
        await muchEvidence(context);
        await context.batch('written', (client, commitId) => {
          next.resolve();
          return oneRow(client, commitId);
        });
        yield {};
      }),
    ],
  });

  expect(await start('sample')).toMatchObject({ status: 'SUCCESS', error_message: null });
  expect(await shipped()).toEqual({ rows: MANY, read: [MANY, 1], waiting: 0 });
});

test('shipping that fails beside the work fails the attempt, and the next one ships first', async ({
  product,
  shipped,
}) => {
  let failed = false;
  onBoundary((name, moment) => {
    if (failed || name !== 'ship' || moment !== 'before') return;
    failed = true;
    throw new Error('no more');
  });
  let attempts = 0;
  const { start } = await product({
    pipelines: [
      pipelineOf(async function* (context) {
        if (++attempts === 1) await muchEvidence(context);
        yield {};
      }),
    ],
  });

  expect(await start('sample')).toMatchObject({ status: 'SUCCESS', error_message: null });
  expect({ attempts, ...(await shipped()) }).toEqual({ attempts: 2, rows: MANY, read: [MANY], waiting: 0 });
});
