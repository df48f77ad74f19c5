import { Refusal } from '../../lib/pipeline/task.ts';
import { settle } from '../../lib/work/settle.ts';
import { expect, test } from '../setup/product.ts';
import { claimed, nothingArrives } from './hands-on.ts';
import { idle, pipelineOf, runOf } from './pipeline-of.ts';

test('a failing attempt is tried again with a pause, and the run succeeds', async ({ product }) => {
  const failsTwice = pipelineOf(async function* (context) {
    const tries = Number(context.state.tries ?? 0) + 1;
    yield { tries };
    if (tries < 3) throw new Error('not yet');
  });
  const { trigger, ended } = await product({ pipelines: [failsTwice] });

  const run = await ended(await runOf(trigger({ pipeline: 'sample' })));

  expect(run).toMatchObject({ status: 'SUCCESS', meta: { attempts: 3 } });
  expect(run.meta).not.toHaveProperty('deaths');
});

test('when every attempt has failed the run ends as ERROR with the cause', async ({ product }) => {
  const fails = pipelineOf(async function* () {
    yield {};
    throw new Error('the source is empty');
  });
  const { trigger, ended } = await product({ pipelines: [fails] });

  const run = await ended(await runOf(trigger({ pipeline: 'sample' })));

  expect(run).toMatchObject({ status: 'ERROR', error_message: 'the source is empty', meta: { attempts: 3 } });
});

test('a refusal ends the run at once, without retries', async ({ product }) => {
  const refuses = pipelineOf(async function* () {
    yield {};
    throw new Refusal('NOT_TODAY', 'the market is closed');
  });
  const { trigger, ended } = await product({ pipelines: [refuses] });

  const run = await ended(await runOf(trigger({ pipeline: 'sample' })));

  expect(run).toMatchObject({ status: 'ERROR', error_code: 'NOT_TODAY', meta: { attempts: 1 } });
});

test('between two attempts a run sleeps for at least half of its back-off', async ({
  product,
  runlog,
  connect,
}) => {
  const { service, trigger } = await product({ pipelines: [pipelineOf(idle)], weather: nothingArrives });
  const work = await claimed(service, await runOf(trigger({ pipeline: 'sample' })));
  const end = { status: 'ERROR', code: 'X', message: 'as asked' } as const;

  await settle(
    service,
    work,
    { attempts: 2, backoff: 100, longest: 300, per: {} },
    { is: 'failed', end, retry: true, state: {} },
  );

  const { rows } = await (await connect(runlog)).query(
    `select attempt, lease_until, extract(epoch from wake_at - clock())::float8 as pause from run_work`,
  );
  expect(rows).toMatchObject([{ attempt: 2, lease_until: null }]);
  expect(rows[0].pause).toBeGreaterThan(45);
  expect(rows[0].pause).toBeLessThanOrEqual(100);
});
