import { randomUUID } from 'node:crypto';
import { expect } from 'vitest';
import { test } from './console-door.ts';

test('two runs are a page, with what differs first, and nothing of theirs is markup', async ({ db, get }) => {
  const [a, b] = [randomUUID(), randomUUID()];
  await db
    .insertInto('run_log')
    .values([
      {
        run_id: a,
        component: 'x',
        status: 'ERROR',
        started_at: '2026-01-02',
        finished_at: '2026-01-03',
        error_message: '<script>',
      },
      { run_id: b, component: 'x', status: 'SUCCESS', started_at: '2026-01-01', finished_at: '2026-01-02' },
    ])
    .execute();

  const last = await get(`/console/runs/${a}/diff/last-success`);
  const named = await get(`/console/runs/${a}/diff/${b}`);
  const run = await get(`/console/runs/${a}`);

  expect([last.status, named.status]).toEqual([200, 200]);
  expect(last.text).toContain('&lt;script&gt;');
  expect(last.text).toContain('beside the last success');
  expect(last.text.indexOf('<b>Status</b>')).toBeLessThan(last.text.indexOf('<b>Took</b>'));
  expect(run.text).toContain(`/console/runs/${a}/diff/last-success`);
  expect((await get(`/console/runs/${b}/diff/last-success`)).status).toBe(404);
  expect((await get(`/console/runs/${a}/diff/x`)).status).toBe(400);
});

test('events that died today are told on the first page, and explained on their own', async ({ db, get }) => {
  expect((await get('/')).text).not.toContain('/console/dead-letters');
  expect((await get('/console/dead-letters')).text).toContain('There are none');
  const letter = (event_id: string, overtaken: boolean) => ({
    event_source: '/somebody',
    event_id,
    event_type: '<b>x</b>',
    attributes: '{}',
    reason: 'x',
    error_code: 422,
    error_data: 'no <i>such</i> thing',
    overtaken,
  });
  await db
    .insertInto('dead_letters')
    .values([letter('1', false), letter('2', true)])
    .execute();

  const first = (await get('/')).text;
  const page = (await get('/console/dead-letters')).text;

  expect(first).toContain('1 event of the last day could not be delivered');
  expect(page).toContain('&lt;b&gt;x&lt;/b&gt;');
  expect(page).toContain('It said: “no &lt;i&gt;such&lt;/i&gt; thing”');
  expect(page).toContain('<b>refused</b>: it is no event of KubeScribe');
  expect(page.match(/No\. /g)).toHaveLength(1);
});
