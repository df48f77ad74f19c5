import type { Client } from 'pg';
import { type CutProxy, startCutProxy } from '../chaos/cut-proxy.ts';
import { violations } from '../chaos/invariants.ts';
import { expect, hasEnded, type Product, test } from '../setup/product.ts';
import { until } from '../setup/until.ts';
import { pass, WRITTEN } from './hands-on.ts';
import { pipelineOf, runOf, writeRow } from './pipeline-of.ts';

const MINUTE = 60_000;

/** Three batches of a row each; what was committed before is not done again. */
const threeRows = pipelineOf(async function* (context) {
  for (;;) {
    const before = await context.watermark();
    if (before?.runId === context.runId && before.batch === 3) return;
    await writeRow(context);
    yield {};
  }
});

/** Lets time pass whenever nothing moves, then compares what is where. */
async function judge({ broker, tick, run }: Product, id: string, ledger: Client, reports: Client) {
  const moveOn = async () => {
    if (broker.pending() === 0) {
      await pass(ledger, '31 seconds');
      await tick('minute');
    }
    return (await run(id)).status;
  };
  await until(async () => hasEnded(await moveOn()));
  expect(await run(id)).toMatchObject({ status: 'SUCCESS', meta: { attempts: 1 } });
  const rows = await reports.query('select commit_id from written order by 1');
  const commits = await reports.query('select commit_id from kubescribe.commits order by 1');
  expect(rows.rows).toHaveLength(3);
  expect(rows.rows).toEqual(commits.rows);
  const faults = await violations(ledger, reports);
  expect(faults.filter((fault) => !fault.startsWith('no event is left'))).toEqual([]);
}

test.for<[number, 'before' | 'after']>([
  [2, 'after'],
  [2, 'before'],
  [4, 'after'],
])(
  'the %i. COMMIT in the report database, cut %s it went through, neither doubles nor loses a row',
  {
    timeout: MINUTE,
  },
  async ([nth, how], { product, runlog, report, connect, onTestFinished }) => {
    const [ledger, reports] = [await connect(runlog), await connect(report)];
    await reports.query(WRITTEN);
    const proxy: CutProxy = await startCutProxy(report);
    onTestFinished(proxy.stop);
    const made = await product({ pipelines: [threeRows], env: { REPORT_DB_URL: proxy.url } });
    proxy.cutCommit(nth, how);

    const id = await runOf(made.trigger({ pipeline: 'sample' }));
    await until(() => proxy.cuts() === 1);

    await judge(made, id, ledger, reports);
  },
);

test.for([3, 7, 9, 12])(
  'the %i. COMMIT in RunLog, cut after it went through, changes nothing',
  {
    timeout: MINUTE,
  },
  async (nth, { product, runlog, report, connect, onTestFinished }) => {
    const [ledger, reports] = [await connect(runlog), await connect(report)];
    await reports.query(WRITTEN);
    const proxy = await startCutProxy(runlog);
    onTestFinished(proxy.stop);
    const made = await product({ pipelines: [threeRows], env: { RUNLOG_DB_URL: proxy.url } });
    proxy.cutCommit(nth, 'after');

    // The one that is cut may be that by which the answer is read: who hears nothing asks again.
    const id = await until(async () => {
      const answer = await made.trigger({ pipeline: 'sample' }, { 'idempotency-key': 'once' });
      return answer.status === 202 ? runOf(answer) : undefined;
    });
    await until(() => proxy.cuts() === 1);

    await judge(made, id!, ledger, reports);
  },
);
