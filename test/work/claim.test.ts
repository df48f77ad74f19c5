import { commit } from '../../lib/boundary.ts';
import { claim } from '../../lib/work/claim.ts';
import { leave } from '../../lib/work/leave.ts';
import { expect, test } from '../setup/product.ts';
import { claimed, deliver, nothingArrives, pass } from './hands-on.ts';
import { idle, pipelineOf, runOf } from './pipeline-of.ts';

const sample = { pipelines: [pipelineOf(idle)], weather: nothingArrives };

test('of fifty claims at once one wins', async ({ product }) => {
  const { service, trigger } = await product(sample);
  const id = await runOf(trigger({ pipeline: 'sample' }));

  const claims = await Promise.all(
    Array.from({ length: 50 }, () => commit('claim', service.runlog, (tx) => claim(tx, id, 0))),
  );

  expect(claims.filter((work) => work !== undefined)).toHaveLength(1);
});

test('an event of work that another holds is answered 429, so that it comes again', async ({ product }) => {
  const { service, trigger } = await product(sample);
  const id = await runOf(trigger({ pipeline: 'sample' }));
  await claimed(service, id);

  expect(await deliver(service, id, 0)).toBe(429);
});

test('an event that its work has passed is done, one that is ahead of it comes again', async ({
  product,
}) => {
  const { service, trigger } = await product(sample);
  const id = await runOf(trigger({ pipeline: 'sample' }));
  const work = await claimed(service, id);
  await commit('checkpoint', service.runlog, (tx) => leave(tx, work, { state: {} }));

  expect(await deliver(service, id, 0)).toBe(204);
  expect(await deliver(service, id, 2)).toBe(503);
});

test('an event of work that sleeps, or of a run that is over, is done', async ({
  product,
  runlog,
  connect,
}) => {
  const { service, trigger } = await product(sample);
  const id = await runOf(trigger({ pipeline: 'sample' }));
  const work = await claimed(service, id);
  await commit('retry', service.runlog, (tx) => leave(tx, work, { state: {}, pause: 60 }));

  expect(await deliver(service, id, 1)).toBe(204);
  await pass(await connect(runlog), '61 seconds');
  expect(await deliver(service, id, 1)).toBe(204);
  expect(await deliver(service, id, 1)).toBe(204);
});

test('an expired lease counts one death, a released one none', async ({ product, runlog, connect }) => {
  const sql = await connect(runlog);
  const { service, trigger } = await product(sample);
  const id = await runOf(trigger({ pipeline: 'sample' }));
  await claimed(service, id);
  await pass(sql, '31 seconds');

  const second = await claimed(service, id);
  await commit('checkpoint', service.runlog, (tx) => leave(tx, second, { state: {} }));
  const third = await claimed(service, id, 1);

  expect([second.deaths, third.deaths]).toEqual([1, 1]);
});

test('a slice that brought the run on leaves its deaths behind', async ({ product, runlog, connect }) => {
  const sql = await connect(runlog);
  const { service, trigger } = await product(sample);
  const id = await runOf(trigger({ pipeline: 'sample' }));
  await claimed(service, id);
  await pass(sql, '31 seconds');

  const second = await claimed(service, id);
  await commit('checkpoint', service.runlog, (tx) => leave(tx, second, { state: {}, progressed: true }));

  expect(await claimed(service, id, 1)).toMatchObject({ deaths: 0 });
});

test('after the third death nobody claims, and the sweep ends the run', async ({
  product,
  runlog,
  connect,
}) => {
  const sql = await connect(runlog);
  const { service, trigger, run, tick } = await product(sample);
  const id = await runOf(trigger({ pipeline: 'sample' }));
  for (let life = 1; life <= 3; life++) {
    await claimed(service, id);
    await pass(sql, '31 seconds');
  }

  expect(await deliver(service, id, 0)).toBe(204);
  await tick('minute');

  expect(await run(id)).toMatchObject({ status: 'ERROR', error_code: 'WORKERS_DIED', meta: { deaths: 3 } });
});
