import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { expect, test } from '../setup/product.ts';
import { nothingArrives } from '../work/hands-on.ts';
import { idle, pipelineOf, runOf } from '../work/pipeline-of.ts';
import { folder, kubescribe } from './command.ts';

const ROOT = join(import.meta.dirname, '../..');
/** As a file, for a process of its own. */
const PIPELINE = `
import * as z from ${JSON.stringify(join(ROOT, 'node_modules/zod/index.js'))};
import { pipeline } from ${JSON.stringify(join(ROOT, 'lib/pipeline/define.ts'))};
export default pipeline('sample', {
  params: z.looseObject({}),
  tasks: [{ name: 'only', movesRows: false, run: async function* () {} }],
});`;
const sample = { pipelines: [pipelineOf(idle)], weather: nothingArrives };

/** The event as JobSink mounts it, and the program that reads it. */
async function worked(env: Record<string, string>, data: object) {
  const event = {
    specversion: '1.0',
    id: randomUUID(),
    type: 'dev.kubescribe.run.requested',
    source: '/kubescribe/trigger',
    datacontenttype: 'application/json',
    data,
  };
  const place = folder({ event: JSON.stringify(event), 'sample.ts': PIPELINE });
  return kubescribe(['work', join(place, 'event')], { env: { ...env, KUBESCRIBE_PIPELINES: place } });
}

test('the Job of an event works on its run to the end; a second one finds nothing to do', async ({
  product,
  runlog,
  report,
  prod,
}) => {
  const { broker, trigger, run } = await product(sample);
  const id = await runOf(trigger({ pipeline: 'sample' }));
  const env = { RUNLOG_DB_URL: runlog, REPORT_DB_URL: report, PROD_DB_URL: prod, K_SINK: broker.url };
  const asked = { run_id: id, pipeline: 'sample', checkpoint: 0 };

  const first = await worked(env, asked);
  const second = await worked(env, asked);

  expect(await run(id)).toMatchObject({ status: 'SUCCESS' });
  expect([first.code, second.code]).toEqual([0, 0]);
});

test('an event that is none of ours fails the Job, for nobody else would tell of it', async ({
  product,
  runlog,
}) => {
  await product(sample);

  const { code, stdout } = await worked({ RUNLOG_DB_URL: runlog }, { run_id: 'no' });

  expect(code).toBe(1);
  expect(stdout).toContain('event refused');
});
