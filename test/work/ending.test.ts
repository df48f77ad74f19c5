import { commit } from '../../lib/boundary.ts';
import { demandEpoch, markTouched } from '../../lib/work/claim.ts';
import { endRun, takeForEnd } from '../../lib/work/end.ts';
import { leave } from '../../lib/work/leave.ts';
import { settle } from '../../lib/work/settle.ts';
import { startTask } from '../../lib/work/task-runs.ts';
import { IN_TIME } from '../setup/in-time.ts';
import { lockWaits } from '../setup/lock-waits.ts';
import { expect, test } from '../setup/product.ts';
import { until } from '../setup/until.ts';
import { batchOf, claimed, deliver, entered, nothingArrives, pass, WRITTEN } from './hands-on.ts';
import { idle, pipelineOf, retriesAtOnce, runOf, untilAborted, writeRow } from './pipeline-of.ts';

const SECOND = 1000;
const sample = { pipelines: [pipelineOf(idle)], weather: nothingArrives };
const CANCEL = `update run_work set cancel_at = clock(), cancel_why = 'the operator said so'`;
const NOBODY = 'postgresql://nobody@127.0.0.1:1/nothing';

test('work that never touched the report database ends without it', async ({ product, runlog, connect }) => {
  const { trigger, run, tick } = await product({ ...sample, env: { REPORT_DB_URL: NOBODY } });
  const id = await runOf(trigger({ pipeline: 'sample' }));
  await (await connect(runlog)).query(CANCEL);

  await tick('minute');

  expect(await run(id)).toMatchObject({ status: 'CANCELLED', error_message: 'the operator said so' });
});

test('a sweep that ends touched work raises the fence and ships its books first', async ({
  product,
  runlog,
  report,
  connect,
}) => {
  const [ledger, reports] = [await connect(runlog), await connect(report)];
  await reports.query(WRITTEN);
  const { service, trigger, run, tick } = await product(sample);
  const id = await runOf(trigger({ pipeline: 'sample' }));
  const work = await claimed(service, id);
  await commit('touch', service.runlog, (tx) => markTouched(tx, id, work.epoch));
  const session = await entered(report, work);
  await batchOf(session, work);
  await ledger.query(CANCEL);
  await pass(ledger, '31 seconds');

  await tick('minute');

  expect(await run(id)).toMatchObject({ status: 'CANCELLED' });
  expect((await ledger.query('select run_id, written from batch_books')).rows).toEqual([
    { run_id: id, written: '1' },
  ]);
  const [fence] = (await reports.query('select epoch::int from kubescribe.fence')).rows;
  expect(fence.epoch).toBeGreaterThan(work.epoch);
  await expect(batchOf(session, work)).rejects.toThrow();
});

test(
  'a live run that is cancelled ends within moments and writes nothing more',
  IN_TIME,
  async ({ product, runlog, report, connect }) => {
    const [ledger, reports] = [await connect(runlog), await connect(report)];
    await reports.query(WRITTEN);
    const endless = pipelineOf(async function* (context) {
      for (;;) {
        await writeRow(context);
        yield {};
      }
    });
    const { trigger, run } = await product({ pipelines: [endless] });
    const id = await runOf(trigger({ pipeline: 'sample' }));
    const rows = async () =>
      (await reports.query('select count(*)::int as count from written')).rows[0].count;
    await until(async () => (await rows()) > 3);

    const asked = performance.now();
    await ledger.query(CANCEL);
    await until(async () => (await run(id)).status === 'CANCELLED');

    expect(performance.now() - asked).toBeLessThan(6 * SECOND);
    const { rows: books } = await ledger.query('select sum(written)::int as written from batch_books');
    expect(books).toEqual([{ written: await rows() }]);
    const sessions = await reports.query(`select from pg_stat_activity where application_name ~ '^ks:'
    and datname = current_database()`);
    expect(sessions.rows).toHaveLength(0);
  },
);

test('a run past its deadline ends as TIMEOUT while it works', async ({ product, runlog, connect }) => {
  const hangs = pipelineOf(async function* (context) {
    yield {};
    await untilAborted(context.signal);
  });
  const { trigger, ended } = await product({ pipelines: [hangs] });
  const id = await runOf(trigger({ pipeline: 'sample' }));
  await (await connect(runlog)).query('update run_work set deadline = clock()');

  expect(await ended(id)).toMatchObject({ status: 'TIMEOUT', error_code: 'RUN_TIMEOUT' });
});

test('a run past its deadline ends as TIMEOUT while it sleeps', async ({ product, runlog, connect }) => {
  const { trigger, run, tick } = await product(sample);
  const id = await runOf(trigger({ pipeline: 'sample' }));
  await pass(await connect(runlog), '61 minutes');

  await tick('minute');

  expect(await run(id)).toMatchObject({ status: 'TIMEOUT', error_code: 'RUN_TIMEOUT' });
});

test('two slices without progress end the run, a wait that was no fault of its own does not count', async ({
  product,
}) => {
  const { service, trigger, run } = await product(sample);
  const id = await runOf(trigger({ pipeline: 'sample' }));
  const idleSlice = { is: 'paused', state: {}, progressed: false } as const;

  await settle(service, await claimed(service, id), retriesAtOnce, { ...idleSlice, counted: true });
  await settle(service, await claimed(service, id, 1), retriesAtOnce, { ...idleSlice, counted: false });
  expect(await run(id)).toMatchObject({ status: 'STARTED' });
  await settle(service, await claimed(service, id, 2), retriesAtOnce, { ...idleSlice, counted: true });

  expect(await run(id)).toMatchObject({ status: 'ERROR', error_code: 'NO_PROGRESS' });
});

test('an end by a new epoch leaves nothing to the one that had the run', async ({
  product,
  runlog,
  connect,
}) => {
  const { service, trigger, run, tick } = await product(sample);
  const id = await runOf(trigger({ pipeline: 'sample' }));
  const work = await claimed(service, id);
  const ledger = await connect(runlog);
  await ledger.query(CANCEL);
  await pass(ledger, '31 seconds');
  await tick('minute');

  await settle(service, work, retriesAtOnce, { is: 'done' }).catch(() => {});

  expect(await run(id)).toMatchObject({ status: 'CANCELLED' });
  expect(await deliver(service, id, 0)).toBe(204);
});

test('a sweep that comes late takes nothing from a run that went on and sleeps', async ({ product }) => {
  const { service, trigger } = await product(sample);
  const id = await runOf(trigger({ pipeline: 'sample' }));
  const work = await claimed(service, id);
  await commit('retry', service.runlog, (tx) => leave(tx, work, { state: {}, pause: 60 }));

  expect(await commit('take', service.runlog, (tx) => takeForEnd(tx, id))).toBeUndefined();
});

test('an end waits for a late writer instead of a deadlock with it', async ({ product, runlog, connect }) => {
  const { service, trigger, run } = await product(sample);
  const id = await runOf(trigger({ pipeline: 'sample' }));
  const work = await claimed(service, id);
  const task = { name: 'only', movesRows: false };
  const ledger = await connect(runlog);
  let ending = Promise.resolve({});

  await commit('task-start', service.runlog, (tx) => startTask(tx, work, task, 0));
  await service.runlog.transaction().execute(async (tx) => {
    await tx.updateTable('task_runs').set({ progress: '{}' }).where('run_id', '=', id).execute();
    ending = commit('end', service.runlog, (tx) => endRun(tx, work, { status: 'SUCCESS' }));
    await expect.poll(() => lockWaits(ledger)).toBeGreaterThan(0);
    await demandEpoch(tx, id, work.epoch);
  });
  await ending;

  expect(await run(id)).toMatchObject({ status: 'SUCCESS', tasks: [{ status: 'SUCCESS' }] });
});
