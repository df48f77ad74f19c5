import { randomUUID } from 'node:crypto';
import * as z from 'zod';
import { pipeline } from '../../lib/pipeline/define.ts';
import { Refusal, task } from '../../lib/pipeline/task.ts';
import { expect, test } from '../setup/product.ts';

const params = z.object({
  days: z.number().default(1),
  fail: z.boolean().default(false),
  at: z.object({ token: z.string().optional(), deep: z.array(z.number()).optional() }).optional(),
});

const compared = pipeline('compared', {
  params,
  retry: { attempts: 1 },
  tasks: [
    task<z.infer<typeof params>>('count', async function* ({ params }) {
      if (params.fail) throw new Refusal('NO_SOURCE', 'the source is gone');
      yield {};
    }),
  ],
});

test('two runs are shown side by side, with what is the same and where their params differ', async ({
  product,
}) => {
  const { ask, start } = await product({ pipelines: [compared] });
  const b = await start('compared', { at: { token: 'hunter2', deep: [1] } });
  const a = await start('compared', { days: 2, fail: true, at: { token: 'hunter3', deep: [1, 2] } });

  const response = await ask(`/runs/${a.run_id}/diff/${b.run_id}`);
  const text = await response.text();

  expect(response.status).toBe(200);
  expect(text).not.toContain('hunter');
  expect(JSON.parse(text)).toMatchObject({
    a: { run_id: a.run_id, status: 'ERROR' },
    b: { run_id: b.run_id, status: 'SUCCESS' },
    same: {
      pipeline: true,
      status: false,
      params: false,
      code: true,
      config: true,
      error: false,
      attempts: true,
    },
    timings: { work_ms: { a: expect.any(Number), b: expect.any(Number), more: expect.any(Number) } },
    error: { code: { a: 'NO_SOURCE', b: null, same: false } },
    params: [
      { path: '/at/deep/1', change: 'added', a: 2 },
      { path: '/at/token', change: 'changed', a: '[hidden]', b: '[hidden]' },
      { path: '/days', change: 'changed', a: 2, b: 1 },
      { path: '/fail', change: 'changed', a: true, b: false },
    ],
    tasks: [{ name: 'count', in: 'both', status: { a: 'ERROR', b: 'SUCCESS' } }],
  });
});

test('the last success is that of the lane before the run, and none is told as none', async ({ product }) => {
  const { ask, start } = await product({ pipelines: [compared] });
  const first = await start('compared');
  const failed = await start('compared', { fail: true });
  const second = await start('compared');
  const against = async (id: string) => {
    const response = await ask(`/runs/${id}/diff/last-success`);
    const { b, detail } = (await response.json()) as { b?: { run_id: string }; detail?: string };
    return [response.status, b?.run_id ?? detail];
  };

  expect(await against(failed.run_id)).toEqual([200, first.run_id]);
  expect(await against(second.run_id)).toEqual([200, first.run_id]);
  expect(await against(first.run_id)).toEqual([404, expect.stringContaining('succeeded before')]);
});

test('runs of other programs are compared by what they recorded', async ({ product, runlog, connect }) => {
  const { ask } = await product({ pipelines: [] });
  const client = await connect(runlog);
  const [a, b] = [randomUUID(), randomUUID()];
  await client.query(
    `insert into run_log (run_id, component, status, started_at, finished_at, error_message)
     values ($1, 'x', 'ERROR', '2026-01-02', '2026-01-02 00:00:03', 'password=hunter2'),
            ($2, 'x', 'SUCCESS', '2026-01-01', '2026-01-01 00:00:01', null)`,
    [a, b],
  );

  const response = await ask(`/runs/${a}/diff/last-success`);

  expect(await response.json()).toMatchObject({
    b: { run_id: b },
    timings: { duration_ms: { a: 3000, b: 1000, more: 2000 }, work_ms: { a: null, b: null, same: true } },
    error: { message: { a: 'password=[hidden]' } },
    tasks: [],
  });
});

test.for(['abc', 'previous', '%00'])('refuses to compare with %s', async (against, { product }) => {
  const { ask } = await product({ pipelines: [] });

  expect((await ask(`/runs/${randomUUID()}/diff/${against}`)).status).toBe(400);
});

test('knows no run that nobody recorded', async ({ product }) => {
  const { ask } = await product({ pipelines: [] });

  expect((await ask(`/runs/${randomUUID()}/diff/${randomUUID()}`)).status).toBe(404);
  expect((await ask(`/runs/${randomUUID()}/diff/last-success`)).status).toBe(404);
});
