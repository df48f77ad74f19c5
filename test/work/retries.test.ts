import { Refusal } from '../../lib/pipeline/task.ts';
import { expect, test } from '../setup/product.ts';
import { pipelineOf, runOf } from './pipeline-of.ts';

test('a failing attempt is tried again with a pause, and the run succeeds', async ({
  product,
  connect,
  runlog,
}) => {
  const failsTwice = pipelineOf(async function* (context) {
    const tries = Number(context.state.tries ?? 0) + 1;
    yield { tries };
    if (tries < 3) throw new Error('not yet');
  });
  const { trigger, ended } = await product({ pipelines: [failsTwice] });

  const run = await ended(await runOf(trigger({ pipeline: 'sample' })));

  expect(run).toMatchObject({ status: 'SUCCESS', meta: { attempts: 3 } });
  expect(run.meta).not.toHaveProperty('deaths');
  const { rows } = await (await connect(runlog)).query(
    `select due_at > time as paused from outbox where type ~ 'run.continue$' order by time`,
  );
  expect(rows).toEqual([{ paused: true }, { paused: true }]);
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
