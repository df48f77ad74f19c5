import * as z from 'zod';
import { pipeline } from '../../lib/pipeline/define.ts';
import { Refusal, task } from '../../lib/pipeline/task.ts';
import { expect, test } from '../setup/product.ts';
import { kubescribe } from './command.ts';
import { opened } from './opened.ts';

const params = z.strictObject({ fail: z.boolean().default(false) });

const quick = pipeline('quick', {
  default: true,
  params,
  overlap: { people: 'skip' },
  retry: { attempts: 1 },
  tasks: [
    task<z.infer<typeof params>>('count', async function* ({ params, progress, log }) {
      progress(3, 3);
      log.info('counted');
      if (params.fail) throw new Refusal('NO_SOURCE', 'the source is \u001b[31mgone');
      yield {};
    }),
  ],
});

test('trigger --wait follows a run to its success; the run is recorded as started by hand', async ({
  product,
}) => {
  const url = await opened(await product({ pipelines: [quick] }));

  const waited = await kubescribe(['trigger', 'quick', '--wait', '--url', url]);
  const { stdout } = await kubescribe(['runs', '--component', 'quick', '--url', url, '-o', 'json']);
  const [run] = JSON.parse(stdout);
  const shown = await kubescribe(['run', run.run_id, '--url', url]);

  expect(waited).toMatchObject({ code: 0, stderr: '' });
  expect(waited.stdout).toMatch(/SUCCESS {2}after \d/);
  expect(run).toMatchObject({ status: 'SUCCESS', trigger: 'manual', component: 'quick' });
  expect(shown.stdout).toMatch(/^count +SUCCESS/m);
  expect(shown.stdout).toMatch(/info {3}counted/);
});

test('trigger --wait ends with 1 and the cause when the run fails', async ({ product }) => {
  const url = await opened(await product({ pipelines: [quick] }));
  const args = ['trigger', '--params', '{"fail": true}', '--wait', '--url', url];

  const { code, stdout } = await kubescribe(args);
  const table = await kubescribe(['runs', '--status', 'ERROR', '--url', url]);

  expect(code).toBe(1);
  expect(stdout).toContain('NO_SOURCE: the source is \\x1b[31mgone');
  expect(table.stdout).toContain('NO_SOURCE: the source is \\x1b[31mgone');
});

test('an unknown pipeline, wrong params and an unknown run are refused in a sentence', async ({
  product,
}) => {
  const url = await opened(await product({ pipelines: [quick] }));
  const id = '0192f3c4-5d6e-7f80-9123-456789abcdef';

  const unknown = await kubescribe(['trigger', 'slow', '--url', url]);
  const wrong = await kubescribe(['trigger', 'quick', '--params', '{"fail": 3}', '--url', url]);
  const nobody = await kubescribe(['run', id, '--url', url]);

  expect([unknown.code, wrong.code, nobody.code]).toEqual([1, 1, 1]);
  expect(unknown.stderr).toBe('error: Unknown pipeline: There is no pipeline "slow". Known: quick.\n');
  expect(wrong.stderr).toMatch(/^error: Bad request: The params do not fit "quick"\. \/params\/fail .*\n$/);
  expect(nobody.stderr).toContain(`There is no run ${id}`);
});

test('a second run is refused while one is live, and the live one shown', async ({ product }) => {
  const product_ = await product({ pipelines: [quick], weather: () => [] });
  const url = await opened(product_);
  const first = JSON.parse((await kubescribe(['trigger', '--url', url, '-o', 'json'])).stdout);

  const { code, stdout, stderr } = await kubescribe(['trigger', '--url', url]);

  expect(code).toBe(1);
  expect(stdout).toMatch(new RegExp(`^run +${first.run_id}$`, 'm'));
  expect(stderr).toMatch(/^error: Run skipped: "quick" was not started: .*\n$/);
});

test('pages are followed to the limit, newest first', async ({ product, runlog, connect }) => {
  const url = await opened(await product({ pipelines: [quick] }));
  const client = await connect(runlog);
  await client.query(`insert into run_log (component, started_at, status)
    select 'foreign', timestamptz '2026-01-01' + n * interval '1 second', 'SUCCESS' from generate_series(1, 450) n`);

  const { stdout } = await kubescribe(['runs', '--limit', '430', '--url', url, '-o', 'json']);

  const times: string[] = JSON.parse(stdout).map((run: { started_at: string }) => run.started_at);
  expect(times).toHaveLength(430);
  expect(times).toEqual([...new Set(times)].sort().reverse());
});

test('a dead letter is listed and shown', async ({ product, runlog, connect }) => {
  const url = await opened(await product({ pipelines: [quick] }));
  const client = await connect(runlog);
  await client.query(`insert into dead_letters (event_source, event_id, event_type, attributes, data, reason)
    values ('/x', 'e-1', 'dev.x', '{"id":"e-1"}', '{"a":1}', 'no \u001b[2Jevent')`);

  const list = await kubescribe(['dead-letters', '--url', url]);
  const [letter] = JSON.parse((await kubescribe(['dead-letters', '--url', url, '-o', 'json'])).stdout);
  const one = await kubescribe(['dead-letters', String(letter.id), '--url', url]);

  expect(list.stdout).toMatch(/dev\.x .* no \\x1b\[2Jevent/);
  expect(one.stdout).toMatch(/^reason +no \\x1b\[2Jevent$/m);
});
