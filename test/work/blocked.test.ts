import { commit } from '../../lib/boundary.ts';
import { markTouched } from '../../lib/work/claim.ts';
import { startCutProxy } from '../chaos/cut-proxy.ts';
import { expect, test } from '../setup/product.ts';
import { until } from '../setup/until.ts';
import { claimed, deliver, nothingArrives, pass, WRITTEN } from './hands-on.ts';
import { idle, pipelineOf, runOf, writeRow } from './pipeline-of.ts';

const MINUTE = 60_000;
const BLOCKED = `select id, data from outbox where type ~ 'run.blocked$'`;

test('a run waits for an absent report database, says so once after 5 minutes, and succeeds', {
  timeout: MINUTE,
}, async ({ product, runlog, report, connect, onTestFinished }) => {
  const [ledger, reports] = [await connect(runlog), await connect(report)];
  await reports.query(WRITTEN);
  const proxy = await startCutProxy(report);
  onTestFinished(proxy.stop);
  const writes = pipelineOf(async function* (context) {
    await writeRow(context);
    yield {};
  });
  const { broker, trigger, run, tick, ended } = await product({
    pipelines: [writes],
    env: { REPORT_DB_URL: proxy.url },
  });
  proxy.goAway();

  const id = await runOf(trigger({ pipeline: 'sample' }));
  await until(
    async () => (await ledger.query('select from run_work where blocked_since is not null')).rowCount,
  );
  expect(await run(id)).toMatchObject({
    status: 'STARTED',
    work: { blocked_why: expect.stringContaining('the report database cannot be reached') },
  });
  await tick('minute');
  expect((await ledger.query(BLOCKED)).rows).toHaveLength(0);
  for (let minute = 0; minute < 7; minute++) {
    await until(() => broker.pending() === 0);
    await pass(ledger, '61 seconds');
    await tick('minute');
  }
  expect((await ledger.query(BLOCKED)).rows).toHaveLength(1);
  await until(() => broker.pending() === 0);
  proxy.comeBack();
  await pass(ledger, '61 seconds');

  expect(await ended(id)).toMatchObject({ status: 'SUCCESS' });
  expect((await reports.query('select from written')).rows).toHaveLength(1);
});

test('a cancelled run that may have written waits for the report database before it ends', async ({
  product,
  runlog,
  report,
  connect,
  onTestFinished,
}) => {
  const ledger = await connect(runlog);
  const proxy = await startCutProxy(report);
  onTestFinished(proxy.stop);
  const { service, trigger, run, tick } = await product({
    pipelines: [pipelineOf(idle)],
    weather: nothingArrives,
    env: { REPORT_DB_URL: proxy.url },
  });
  const id = await runOf(trigger({ pipeline: 'sample' }));
  const work = await claimed(service, id);
  await commit('touch', service.runlog, (tx) => markTouched(tx, id, work.epoch));
  await ledger.query('update run_work set cancel_at = clock()');
  proxy.goAway();
  await pass(ledger, '31 seconds');

  await tick('minute');
  expect(await run(id)).toMatchObject({
    status: 'STARTED',
    work: { blocked_why: expect.stringContaining('cannot be ended') },
  });
  proxy.comeBack();
  await pass(ledger, '61 seconds');
  await tick('minute');

  expect(await run(id)).toMatchObject({ status: 'CANCELLED' });
});

test('a worker that dies while a run is blocked does not start its 5 minutes anew', async ({
  product,
  runlog,
  connect,
}) => {
  const ledger = await connect(runlog);
  const { service, trigger, tick } = await product({
    pipelines: [pipelineOf(idle)],
    weather: nothingArrives,
    env: { REPORT_DB_URL: 'postgresql://nobody@127.0.0.1:1/nothing' },
  });
  const id = await runOf(trigger({ pipeline: 'sample' }));
  await deliver(service, id, 0);
  const since = async () => (await ledger.query('select blocked_since from run_work')).rows[0].blocked_since;
  const before = await since();
  await pass(ledger, '61 seconds');
  await claimed(service, id, 1);
  await pass(ledger, '31 seconds');

  await tick('minute');

  expect(before).not.toBeNull();
  expect(await since()).toEqual(before);
});
