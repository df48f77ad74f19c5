import { randomUUID } from 'node:crypto';
import { describe, expect } from 'vitest';
import * as z from 'zod';
import { problem, test } from './doors.ts';

const Shown = z.looseObject({ logs: z.array(z.looseObject({ message: z.string() })) });

const COLUMNS = [
  'run_id',
  'status',
  'started_at',
  'finished_at',
  'duration_ms',
  'component',
  'trigger',
  'source',
  'error_code',
  'error_message',
  'error_stack',
  'meta',
  'tags',
  'request',
  'replays',
  'work',
  'attempts',
  'tasks',
  'slices',
  'logs',
  'left_out',
];

describe('GET /runs/{run_id}', () => {
  test('shows a live run with its request, its work, its tasks in order and its last lines', async ({
    open,
  }) => {
    const { ask, trigger, db } = open();
    const there = (await trigger()).headers.get('location') ?? '';
    const run_id = there.replace('/runs/', '');
    const task = (name: string, position: number) => ({
      run_id,
      name,
      position,
      progress: '{"done":5,"of":9}',
    });
    await db
      .insertInto('task_runs')
      .values([task('second', 1), task('first', 0)])
      .execute();
    const line = (i: number) => ({ type: 'job' as const, job_run_id: run_id, message: `line ${i}` });
    await db
      .insertInto('logs')
      .values(Array.from({ length: 25 }, (_, i) => line(i)))
      .execute();

    const run = Shown.parse(await (await ask(there)).json());

    expect(Object.keys(run).sort()).toEqual([...COLUMNS].sort());
    expect(run).toMatchObject({
      run_id,
      status: 'STARTED',
      finished_at: null,
      duration_ms: null,
      component: 'plain',
      request: { kind: 'person', lane: '', slot: null, state: 'live', why: null, late: false, params: {} },
      work: { attempt: 1, checkpoint: 0, deaths: 0, wake_at: null, blocked_since: null, cancel_at: null },
      tasks: [
        { name: 'first', status: 'STARTED', progress: { done: 5, of: 9 }, read: null },
        { name: 'second', status: 'STARTED' },
      ],
    });
    expect(run.logs.map(({ message }) => message)).toEqual(
      Array.from({ length: 20 }, (_, i) => `line ${i + 5}`),
    );
  });

  test('a request that waits has the same members, without a status', async ({ open }) => {
    const { ask, trigger } = open();
    await trigger();
    const there = (await trigger()).headers.get('location') ?? '';

    const response = await ask(there);
    const run = Shown.parse(await response.json());

    expect(response.status).toBe(200);
    expect(Object.keys(run).sort()).toEqual([...COLUMNS].sort());
    expect(run).toMatchObject({
      status: null,
      started_at: null,
      component: 'plain',
      trigger: 'api',
      source: 'local',
      request: { state: 'waiting' },
      work: null,
      tasks: [],
    });
  });

  test('an upper-case id is the same run', async ({ open }) => {
    const { ask, trigger } = open();
    await trigger();
    const there = (await trigger()).headers.get('location') ?? '';

    const upper = await ask(`/runs/${there.replace('/runs/', '').toUpperCase()}`);

    expect(await upper.json()).toEqual(await (await ask(there)).json());
  });

  test('shows a run that somebody else recorded, its id of whatever version', async ({ open }) => {
    const { ask, db } = open();
    const run_id = '00000000-0000-0000-0000-00000000000f';
    await db.insertInto('run_log').values({ run_id, component: 'foreign', status: 'SUCCESS' }).execute();

    expect(await (await ask(`/runs/${run_id}`)).json()).toMatchObject({
      run_id,
      status: 'SUCCESS',
      trigger: null,
      request: null,
      work: null,
      tasks: [],
      logs: [],
    });
  });

  test('a trailing slash does no harm', async ({ open }) => {
    expect((await open().ask(`/runs/${randomUUID()}/`)).status).toBe(404);
  });

  test('an unknown id is 404 and names it', async ({ open }) => {
    const id = randomUUID();
    const response = await open().ask(`/runs/${id}`);

    expect(response.status).toBe(404);
    expect((await problem(response)).detail).toContain(id);
  });

  test.for(['1', 'not-a-uuid', '%00', "'; drop table run_log; --", `${randomUUID()}0`])(
    '"%s" is 400',
    async (id, { open }) => {
      const response = await open().ask(`/runs/${encodeURIComponent(id)}`);

      expect(response.status).toBe(400);
      await problem(response);
    },
  );
});
