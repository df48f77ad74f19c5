import { commit } from '../../lib/boundary.ts';
import { task } from '../../lib/pipeline/task.ts';
import { leave } from '../../lib/work/leave.ts';
import { startTask } from '../../lib/work/task-runs.ts';
import { expect, test } from '../setup/product.ts';
import { until } from '../setup/until.ts';
import { claimed, deliver, nothingArrives, pass } from './hands-on.ts';
import { type Context, type Params, pipelineOf, runOf, untilAborted } from './pipeline-of.ts';
import { stopwatch } from './stopwatch.ts';

const SECOND = 1000;
const once = { attempts: 1 };

test('an attempt whose task exceeds its timeout fails, and the next has all of the time again', async ({
  product,
  runlog,
  connect,
}) => {
  const begun = Promise.withResolvers<void>();
  let tries = 0;
  const slow = task<Params>(
    'slow',
    async function* ({ signal }) {
      yield {};
      if (++tries > 1) return;
      begun.resolve();
      await untilAborted(signal);
    },
    { timeout: 60 },
  );
  const { trigger, ended } = await product({ pipelines: [pipelineOf(slow.run, { tasks: [slow] })] });
  const id = await runOf(trigger({ pipeline: 'sample' }));
  await begun.promise;

  await pass(await connect(runlog), '61 seconds');

  expect(await ended(id)).toMatchObject({ status: 'SUCCESS', meta: { attempts: 2 } });
});

test('a task that exceeds its timeout in the last attempt ends the run as TIMEOUT, in words', async ({
  product,
  runlog,
  connect,
}) => {
  const begun = Promise.withResolvers<void>();
  const slow = task<Params>(
    'slow',
    async function* ({ signal }) {
      yield {};
      begun.resolve();
      await untilAborted(signal);
    },
    { timeout: 60 },
  );
  const pipelines = [pipelineOf(slow.run, { tasks: [slow], retry: once })];
  const { trigger, ended } = await product({ pipelines });
  const id = await runOf(trigger({ pipeline: 'sample' }));
  await begun.promise;

  await pass(await connect(runlog), '61 seconds');

  expect(await ended(id)).toMatchObject({
    status: 'TIMEOUT',
    error_code: 'TASK_TIMEOUT',
    error_message: 'Task "slow" took longer than the 60 s that it may take in one attempt.',
    tasks: [{ name: 'slow', status: 'TIMEOUT' }],
  });
});

test('slices and the pauses between them count together for the timeout of a task', async ({
  product,
  runlog,
  connect,
}) => {
  const slow = task<Params>('slow', ({ signal }) => hang(signal), { timeout: 60 });
  const pipelines = [pipelineOf(slow.run, { tasks: [slow], retry: once })];
  const { service, trigger, run } = await product({ pipelines, weather: nothingArrives });
  const id = await runOf(trigger({ pipeline: 'sample' }));
  const work = await claimed(service, id);
  await commit('task-start', service.runlog, (tx) => startTask(tx, work, slow, 0));
  await commit('checkpoint', service.runlog, (tx) => leave(tx, work, { state: {} }));
  await pass(await connect(runlog), '61 seconds');

  await deliver(service, id, 1);

  expect(await run(id)).toMatchObject({ status: 'TIMEOUT', error_code: 'TASK_TIMEOUT' });
});

test('a task that is silent for longer than its heartbeat ends as TIMEOUT, in words', async ({ product }) => {
  const { runAhead } = stopwatch();
  const silent = task<Params>(
    'quiet',
    async function* ({ signal }) {
      yield {};
      runAhead(5 * SECOND);
      await untilAborted(signal);
    },
    { heartbeat: 3 },
  );
  const { start } = await product({ pipelines: [pipelineOf(silent.run, { tasks: [silent], retry: once })] });

  expect(await start('sample')).toMatchObject({
    status: 'TIMEOUT',
    error_code: 'TASK_SILENT',
    error_message: 'Task "quiet" gave no sign of life for 3 s: no progress, no batch, no yield.',
  });
});

test('progress is a sign of life', async ({ product, runlog, connect }) => {
  const { runAhead } = stopwatch();
  const ledger = await connect(runlog);
  const shown = async () =>
    (await ledger.query('select from task_runs where progress is not null')).rowCount === 1;
  const lively = task<Params>(
    'lively',
    async function* ({ progress }) {
      yield {};
      runAhead(30 * SECOND);
      progress(1);
      await until(shown);
    },
    { heartbeat: 20 },
  );
  const { start } = await product({ pipelines: [pipelineOf(lively.run, { tasks: [lively], retry: once })] });

  expect(await start('sample')).toMatchObject({ status: 'SUCCESS' });
});

/** Never gives way by itself. */
async function* hang(signal: Context['signal']) {
  yield {};
  await untilAborted(signal);
}
