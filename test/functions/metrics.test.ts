import { expect } from 'vitest';
import { test } from '../setup/product.ts';
import { declarePipeline, insertEnded, minutesAgo } from './console-rows.ts';

/** `kubescribe_runs_live{pipeline="a"} 1` by what stands before the number. */
const figures = (text: string) =>
  Object.fromEntries(
    text
      .split('\n')
      .filter((line) => line !== '' && !line.startsWith('#'))
      .map((line) => [line.slice(0, line.lastIndexOf(' ')), Number(line.slice(line.lastIndexOf(' ') + 1))]),
  );

test('tells of each pipeline when it last succeeded and whether its last run failed', async ({ product }) => {
  const { ask, service } = await product({ pipelines: [] });
  const db = service.runlog;
  await declarePipeline(db, 'well');
  await declarePipeline(db, 'ill');
  await insertEnded(db, { component: 'well', started_at: minutesAgo(3) });
  await insertEnded(db, { component: 'ill', started_at: minutesAgo(60) });
  await insertEnded(db, { component: 'ill', started_at: minutesAgo(1), status: 'ERROR' });

  const answer = await ask('/metrics');

  expect(answer.headers.get('content-type')).toMatch(/^text\/plain; version=0\.0\.4/);
  const told = figures(await answer.text());
  expect(told).toMatchObject({
    'kubescribe_last_run_failed{pipeline="well"}': 0,
    'kubescribe_last_run_failed{pipeline="ill"}': 1,
    'kubescribe_runs_live{pipeline="ill"}': 0,
    'kubescribe_schedule_paused{pipeline="ill"}': 0,
    kubescribe_events_open: 0,
    kubescribe_dead_letters: 0,
  });
  const success = (name: string) =>
    told[`kubescribe_last_success_timestamp_seconds{pipeline="${name}"}`] ?? 0;
  expect(success('well') - success('ill')).toBeGreaterThan(3000);
});

test('a pipeline that never ran has no figure of an end, and each figure says what it is', async ({
  product,
}) => {
  const { ask, service } = await product({ pipelines: [] });
  await declarePipeline(service.runlog, 'new');

  const text = await (await ask('/metrics')).text();

  expect(figures(text)).not.toHaveProperty('kubescribe_last_run_end_timestamp_seconds{pipeline="new"}');
  for (const name of new Set(Object.keys(figures(text)).map((key) => key.replace(/\{.*/, ''))))
    expect(text).toContain(`# TYPE ${name} gauge\n`);
});
