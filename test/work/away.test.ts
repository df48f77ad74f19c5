import type { Client } from 'pg';
import { startCutProxy } from '../chaos/cut-proxy.ts';
import { violations } from '../chaos/invariants.ts';
import { barDifferences } from '../chaos/market-oracle.ts';
import bars from '../chaos/pipelines/bars.ts';
import { createTables } from '../chaos/two-loads.ts';
import { expect, hasEnded, type Product, test } from '../setup/product.ts';
import { until } from '../setup/until.ts';
import { pass, WRITTEN } from './hands-on.ts';
import { pipelineOf, runOf, writeRow } from './pipeline-of.ts';

const SECOND = 1000;
const MINUTE = 60 * SECOND;

/** Lets time pass whenever nothing moves, until the run has ended. */
async function ends({ broker, tick, run }: Product, id: string, ledger: Client): Promise<unknown> {
  const moveOn = async () => {
    if (broker.pending() === 0) {
      await pass(ledger, '31 seconds');
      await tick('minute');
    }
    return (await run(id)).status;
  };
  await until(async () => hasEnded(await moveOn()));
  return run(id);
}

const unsent = (fault: string) => !fault.startsWith('no event is left');

test.for<[string, 'PROD_DB_URL' | 'REPORT_DB_URL', number]>([
  ['production', 'PROD_DB_URL', 60_000],
  ['production', 'PROD_DB_URL', 200_000],
  ['the report database', 'REPORT_DB_URL', 60_000],
  ['the report database', 'REPORT_DB_URL', 200_000],
])(
  'a copy that %s breaks off (%s after %i bytes) is done again and nothing is lost',
  {
    timeout: MINUTE,
  },
  async ([, variable, bytes], { product, runlog, report, prod, connect, onTestFinished }) => {
    const [ledger, reports, source] = await Promise.all([runlog, report, prod].map(connect));
    await createTables(report);
    const proxy = await startCutProxy(variable === 'PROD_DB_URL' ? prod : report);
    onTestFinished(proxy.stop);
    const made = await product({ pipelines: [bars], env: { [variable]: proxy.url } });
    proxy.cutBytes(bytes);

    const id = await runOf(made.trigger({ pipeline: 'bars' }));

    expect(await ends(made, id, ledger!)).toMatchObject({ status: 'SUCCESS' });
    expect(proxy.cuts()).toBe(1);
    expect((await violations(ledger!, reports!)).filter(unsent)).toEqual([]);
    expect(await barDifferences(source!, reports!)).toEqual([]);
  },
);

test('a run outlives RunLog going away in the middle of it', { timeout: MINUTE }, async ({
  product,
  runlog,
  report,
  connect,
  onTestFinished,
}) => {
  const [ledger, reports] = [await connect(runlog), await connect(report)];
  await reports.query(WRITTEN);
  const proxy = await startCutProxy(runlog);
  onTestFinished(proxy.stop);
  let cuts = 0;
  // The answer to the trigger reads RunLog too, and the run may be quicker.
  const answered = Promise.withResolvers<void>();
  const tenRows = pipelineOf(async function* (context) {
    for (;;) {
      const before = await context.watermark();
      if (before?.runId === context.runId && before.batch === 10) return;
      if (before?.batch === 3) await answered.promise;
      if (before?.batch === 3 && cuts++ === 0) proxy.goAway();
      await writeRow(context);
      yield {};
    }
  });
  const made = await product({ pipelines: [tenRows], env: { RUNLOG_DB_URL: proxy.url } });

  const id = await runOf(made.trigger({ pipeline: 'sample' }));
  answered.resolve();
  await until(() => made.broker.pending() === 0);
  const { rows } = await reports.query('select from written');
  expect(rows).toHaveLength(4);
  proxy.comeBack();

  expect(await ends(made, id, ledger)).toMatchObject({ status: 'SUCCESS', meta: { attempts: 1 } });
  expect((await violations(ledger, reports)).filter(unsent)).toEqual([]);
});
