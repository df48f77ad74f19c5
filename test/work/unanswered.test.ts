import { onTestFinished } from 'vitest';
import { onBoundary } from '../../lib/boundary.ts';
import { Refusal } from '../../lib/pipeline/task.ts';
import { SLICE } from '../../lib/work/numbers.ts';
import { expect, test } from '../setup/product.ts';
import { type Context, pipelineOf } from './pipeline-of.ts';
import { stopwatch } from './stopwatch.ts';

const CONNECTION_FAILURE = '08006';

/** RunLog takes one transaction of a name and goes away before it has answered. */
function answersNothing(name: string, nth = 1) {
  let landed = 0;
  onBoundary((at, moment) => {
    if (at !== name || moment !== 'after' || ++landed !== nth) return;
    throw Object.assign(new Error('the connection is gone'), { code: CONNECTION_FAILURE });
  });
  onTestFinished(() => onBoundary(undefined));
  return { landed: () => landed };
}

async function* refuses() {
  yield {};
  throw new Refusal('NOT_TODAY', 'the market is closed');
}

async function* failsOnce({ state }: Context) {
  if (state.failed) return;
  yield { failed: true };
  throw new Error('not yet');
}

async function* succeeds() {
  yield {};
}

test.for([
  ['take', 'a refusal', refuses, 2, { status: 'ERROR', error_code: 'NOT_TODAY', meta: { attempts: 1 } }],
  ['end', 'a refusal', refuses, 1, { status: 'ERROR', error_code: 'NOT_TODAY', meta: { attempts: 1 } }],
  ['end', 'a success', succeeds, 1, { status: 'SUCCESS', meta: { attempts: 1 } }],
  ['retry', 'a failure', failsOnce, 1, { status: 'SUCCESS', meta: { attempts: 2 } }],
] as const)(
  '"%s" that lands without its answer changes nothing of %s',
  async ([name, , body, times, end], { product, runlog, connect }) => {
    const { start } = await product({ pipelines: [pipelineOf(body)] });
    const { landed } = answersNothing(name);

    const run = await start('sample');

    expect(run).toMatchObject(end);
    expect(run.meta).not.toHaveProperty('deaths');
    expect(landed()).toBe(times);
    const { rows } = await (await connect(runlog)).query(
      `select count(*)::int as ends from outbox where type ~ 'run.(succeeded|failed)$'`,
    );
    expect(rows).toEqual([{ ends: 1 }]);
  },
);

test('a checkpoint that lands without its answer is left once', async ({ product }) => {
  const { runAhead } = stopwatch();
  const twoSlices = pipelineOf(async function* ({ state }) {
    if (state.over) return;
    runAhead(SLICE);
    yield { over: true };
  });
  const { start } = await product({ pipelines: [twoSlices] });
  const { landed } = answersNothing('checkpoint');

  const run = await start('sample');

  expect(run).toMatchObject({ status: 'SUCCESS', meta: { attempts: 1 } });
  expect(run.meta).not.toHaveProperty('deaths');
  expect(landed()).toBe(1);
});
