import type { Client } from 'pg';
import * as z from 'zod';
import { commit } from '../../lib/boundary.ts';
import { Refusal, task } from '../../lib/pipeline/task.ts';
import { leave } from '../../lib/work/leave.ts';
import { expect, test } from '../setup/product.ts';
import { claimed, deliver, nothingArrives, pass } from './hands-on.ts';
import { idle, pipelineOf, runOf } from './pipeline-of.ts';

const sample = { pipelines: [pipelineOf(idle)], weather: nothingArrives };
const image = { KUBESCRIBE_CODE: 'c0de', K_REVISION: 'run-pipeline-00007', HOSTNAME: 'pod-1' };

const Worked = z.object({
  slices: z.array(z.object({ queue_ms: z.number(), work_ms: z.number().nullable() })),
  attempts: z.array(z.looseObject({})),
});

/** A busy machine adds seconds. */
const tens = (seconds: number) => Math.floor(seconds / 10);

const slicesOf = async (ledger: Client) =>
  (
    await ledger.query(`
      select *, extract(epoch from claimed_at - queued_at)::float8 as waited,
             extract(epoch from left_at - claimed_at)::float8 as worked
        from run_slices order by epoch`)
  ).rows;

test('a slice keeps which code, revision, instance and declaration it was, and the run those of its last', async ({
  product,
  runlog,
  connect,
}) => {
  const { start } = await product({ pipelines: [pipelineOf(idle)], env: image });

  const run = await start('sample');

  const [slice, ...more] = await slicesOf(await connect(runlog));
  expect(more).toEqual([]);
  expect(slice).toMatchObject({
    run_id: run.run_id,
    attempt: 1,
    checkpoint: 0,
    left_as: 'ended',
    error_code: null,
    code: 'c0de',
    revision: 'run-pipeline-00007',
    instance: 'pod-1',
    config_hash: expect.stringMatching(/^[0-9a-f]{16}$/),
  });
  expect(run.meta).toMatchObject({
    attempts: 1,
    code: 'c0de',
    config_hash: slice.config_hash,
    revision: slice.revision,
  });
});

test('each attempt keeps the class, the code and the words of its failure', async ({
  product,
  runlog,
  connect,
}) => {
  let tries = 0;
  const fails = pipelineOf(async function* ({ report }) {
    yield {};
    if (++tries === 1) await report().query('do $$ begin raise serialization_failure; end $$');
    throw new Refusal('NOT_TODAY', 'the market is closed, password=hunter2');
  });
  const { start } = await product({ pipelines: [fails] });

  const run = await start('sample');

  expect(run.attempts).toMatchObject([
    { attempt: 1, left_as: 'retry', error_class: 'conflict', ended_at: expect.any(String) },
    { attempt: 2, left_as: 'ended', error_code: 'NOT_TODAY', ended_at: expect.any(String) },
  ]);
  expect(await slicesOf(await connect(runlog))).toMatchObject([
    {
      attempt: 1,
      left_as: 'retry',
      error_class: 'conflict',
      error_code: 'SQL_40001',
      error_message: 'serialization_failure',
    },
    {
      attempt: 2,
      left_as: 'ended',
      error_class: 'failed',
      error_code: 'NOT_TODAY',
      error_message: 'the market is closed, password=[hidden]',
    },
  ]);
});

test('the wait for a slice is counted from when it could begin', async ({ product, runlog, connect }) => {
  const { service, trigger, run } = await product(sample);
  const ledger = await connect(runlog);
  const id = await runOf(trigger({ pipeline: 'sample' }));
  await pass(ledger, '13 seconds');
  const first = await claimed(service, id);
  await pass(ledger, '23 seconds');
  await commit('retry', service.runlog, (tx) => leave(tx, first, { state: {}, pause: 60 }));
  await pass(ledger, '93 seconds');
  await claimed(service, id, 1);

  const { slices, attempts } = Worked.parse(await run(id));

  expect(slices.map(({ queue_ms }) => tens(queue_ms / 1000))).toEqual([1, 3]);
  expect(slices.map(({ work_ms }) => work_ms && tens(work_ms / 1000))).toEqual([2, null]);
  expect(attempts).toMatchObject([{ attempt: 1, ended_at: null }]);
});

test('a worker that dies is marked by whoever takes its lease, from whose end the next one waits', async ({
  product,
  runlog,
  connect,
}) => {
  const { service, trigger, tick } = await product(sample);
  const ledger = await connect(runlog);
  const id = await runOf(trigger({ pipeline: 'sample' }));
  await claimed(service, id);
  await pass(ledger, '43 seconds');
  await claimed(service, id);
  await pass(ledger, '53 seconds');
  await tick('minute');
  await claimed(service, id, 1);

  const slices = await slicesOf(ledger);

  expect(slices).toMatchObject([{ left_as: 'died' }, { left_as: 'died' }, { left_as: null, checkpoint: 1 }]);
  expect(slices.map(({ waited }) => tens(waited))).toEqual([0, 1, 2]);
  expect(slices.map(({ worked }) => worked && tens(worked))).toEqual([3, 3, null]);
});

test('a slice that the report database kept from working says so', async ({ product, runlog, connect }) => {
  const nobody = { REPORT_DB_URL: 'postgresql://nobody@127.0.0.1:1/nothing' };
  const { service, trigger } = await product({ ...sample, env: nobody });
  const id = await runOf(trigger({ pipeline: 'sample' }));

  await deliver(service, id, 0);

  expect(await slicesOf(await connect(runlog))).toMatchObject([
    { left_as: 'blocked', error_class: 'away', error_message: expect.stringContaining('ECONNREFUSED') },
  ]);
});

test('only the first slice of a process that was started for it waited for the start', async ({
  product,
  runlog,
  connect,
}) => {
  const asked = await product(sample);
  const first = await runOf(asked.trigger({ pipeline: 'sample', params: { lane: 'a' } }));
  const started = await product(sample);
  const { service, trigger } = started;
  await deliver(service, first, 0);
  await deliver(service, await runOf(trigger({ pipeline: 'sample' })), 0);
  await deliver(asked.service, await runOf(trigger({ pipeline: 'sample' })), 0);

  const [cold, warm, ready] = await slicesOf(await connect(runlog));

  expect(cold.cold_start_ms).toBeGreaterThan(0);
  expect([warm.cold_start_ms, ready.cold_start_ms]).toEqual([null, null]);
});

test('a declaration that differs has another hash, one that is written again has the same', async ({
  product,
  runlog,
  connect,
}) => {
  const plain = [pipelineOf(idle), pipelineOf(idle), pipelineOf(idle, { timeout: 60 })];
  const specced = (into: string) =>
    pipelineOf(idle, { tasks: [task('only', idle, { spec: { kind: 'sql', name: 'only', into, sql: '' } })] });
  for (const one of [...plain, specced('a'), specced('b')])
    await (await product({ pipelines: [one] })).start('sample');

  const [a, same, ...others] = (await slicesOf(await connect(runlog))).map(({ config_hash }) => config_hash);

  expect(same).toBe(a);
  expect(new Set([a, ...others]).size).toBe(4);
});
