import { commit } from '../../lib/boundary.ts';
import { lockPipeline } from '../../lib/requests/pipeline-lock.ts';
import { renewEntered } from '../../lib/work/claim.ts';
import { expect, test } from '../setup/product.ts';
import { claimed, nothingArrives } from './hands-on.ts';
import { idle, pipelineOf, runOf } from './pipeline-of.ts';

test('who holds a pipeline may wait for its workers, for none of them waits for the pipeline', async ({
  product,
}) => {
  const { service, trigger } = await product({ pipelines: [pipelineOf(idle)], weather: nothingArrives });
  const work = await claimed(service, await runOf(trigger({ pipeline: 'sample' })));

  const entered = await commit('cancel', service.runlog, async (tx) => {
    await lockPipeline(tx, 'sample');
    return commit('renew', service.runlog, (own) => renewEntered(own, work.run_id, work.epoch)).then(
      () => 'entered',
      (error: unknown) => error,
    );
  });

  expect(entered).toBe('entered');
});
