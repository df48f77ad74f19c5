import { randomUUID } from 'node:crypto';
import runPipeline from '../../functions/run-pipeline.ts';
import { router } from '../../lib/http/router.ts';
import { withinLimits } from '../../local/serving/knative-service.ts';
import { expect, test } from '../setup/product.ts';
import { nothingArrives, WRITTEN } from '../work/hands-on.ts';
import { pipelineOf, runOf, writeRow } from '../work/pipeline-of.ts';

/** `run.requested` of a run, the same each time. */
function requestedOf(runId: string): () => Request {
  const id = randomUUID();
  return () =>
    new Request('http://function/', {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        'ce-specversion': '1.0',
        'ce-id': id,
        'ce-type': 'dev.kubescribe.run.requested',
        'ce-source': '/kubescribe/test',
      },
      body: JSON.stringify({ run_id: runId, pipeline: 'sample', checkpoint: 0 }),
    });
}

test('timeoutSeconds in mid-slice: the work goes on unwatched, its redelivery waits for it, and it is done once', async ({
  product,
  runlog,
  report,
  connect,
}) => {
  const [ledger, reports] = [await connect(runlog), await connect(report)];
  await reports.query(WRITTEN);
  const [begun, gate] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
  const slow = pipelineOf(async function* (context) {
    begun.resolve();
    await gate.promise;
    await writeRow(context);
    yield {};
  });
  const { service, trigger, run } = await product({ pipelines: [slow], weather: nothingArrives });
  const limits = { timeoutSeconds: 0.5, responseStartTimeoutSeconds: 0.5, containerConcurrency: 4 };
  const handler = withinLimits(limits, router(runPipeline.routes, service));
  const id = await runOf(trigger({ pipeline: 'sample' }));
  const event = requestedOf(id);

  const cut = await handler(event());
  await begun.promise;
  const again = await router(runPipeline.routes, service)(event());
  gate.resolve();
  await expect.poll(async () => (await run(id)).status).toBe('SUCCESS');
  const late = await router(runPipeline.routes, service)(event());

  expect([cut.status, again.status, late.status]).toEqual([504, 429, 204]);
  expect((await reports.query('select from written')).rows).toHaveLength(1);
  expect((await ledger.query('select left_as from run_slices')).rows).toEqual([{ left_as: 'ended' }]);
});
