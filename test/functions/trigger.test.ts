import { describe, expect } from 'vitest';
import { problem, test, tick } from './doors.ts';

const json = { 'content-type': 'application/json' };

describe('POST /runs/trigger', () => {
  test('answers 202 with the place and the shape of the run', async ({ open }) => {
    const { trigger, ask, db } = open();

    const response = await trigger({ pipeline: 'choosy', params: { symbol: 'ABC' } });
    const run = await response.json();

    expect(response.status).toBe(202);
    expect(response.headers.get('cache-control')).toBe('no-store');
    expect(run).toMatchObject({
      status: 'STARTED',
      component: 'choosy',
      trigger: 'api',
      source: 'local',
      request: { kind: 'person', state: 'live', params: { symbol: 'ABC' } },
      tasks: [],
      logs: [],
    });
    const there = response.headers.get('location') ?? '';
    expect(await (await ask(there)).json()).toEqual(run);
    expect(await db.selectFrom('outbox').select(['type', 'subject']).execute()).toEqual([
      { type: 'dev.kubescribe.run.requested', subject: `choosy${there.replace('/runs', '')}` },
    ]);
  });

  test.for([undefined, {}, { params: {} }])(
    'without a name (%o) the default pipeline runs',
    async (body, { open }) => {
      const response = await open().trigger(body);

      expect(response.status).toBe(202);
      expect(await response.json()).toMatchObject({ component: 'plain' });
    },
  );

  test('the CLI is told apart from other programs', async ({ open }) => {
    const response = await open().trigger({}, { 'x-kubescribe-client': 'cli' });

    expect(await response.json()).toMatchObject({ trigger: 'manual' });
  });

  test('a second run of a lane waits: 202, no status yet', async ({ open }) => {
    const { trigger } = open();
    await trigger();

    const response = await trigger();

    expect(response.status).toBe(202);
    expect(await response.json()).toMatchObject({ status: null, request: { state: 'waiting' } });
  });

  test('what the policy skips is 409, with the way to the run in its way', async ({ open }) => {
    const { trigger } = open();
    const live = (await trigger({ pipeline: 'single' })).headers.get('location');

    const response = await trigger({ pipeline: 'single' });

    expect(response.status).toBe(409);
    expect(response.headers.get('location')).toBe(live);
    expect(await problem(response)).toMatchObject({
      title: 'Run skipped',
      live_run: live,
      run: expect.any(String),
    });
  });

  test.for([
    ['an unknown pipeline', '{"pipeline":"nope"}', json, 404, 'Known: plain, choosy, single.'],
    ['broken JSON', '{"pipeline":', json, 400, 'no JSON'],
    ['a body that is no object', '[]', json, 400, '{"pipeline"?'],
    ['an unknown member', '{"pipelin":"plain"}', json, 400, '{"pipeline"?'],
    ['another media type', 'pipeline=plain', { 'content-type': 'text/plain' }, 415, 'application/json'],
    [
      'a key that is too long',
      '{}',
      { ...json, 'idempotency-key': 'k'.repeat(256) },
      400,
      '"idempotency-key"',
    ],
    ['an empty key', '{}', { ...json, 'idempotency-key': '""' }, 400, '"idempotency-key"'],
  ] as const)('%s is a problem that says what to do', async ([, body, headers, status, says], { open }) => {
    const response = await open().trigger(body, headers);

    expect(response.status).toBe(status);
    expect(await problem(response)).toMatchObject({ status, detail: expect.stringContaining(says) });
  });

  test('wrong params are named by pointer', async ({ open }) => {
    const response = await open().trigger({ pipeline: 'choosy', params: { symbol: 'TOO LONG' } });

    expect(response.status).toBe(400);
    expect(await problem(response)).toMatchObject({
      errors: [{ pointer: '/params/symbol', detail: expect.any(String) }],
    });
  });

  test.for([
    ['a NUL', '{"a":"\\u0000"}'],
    ['half a character', '{"a":"\\ud800"}'],
    ['a NUL in a name', '{"\\u0000":1}'],
    ['no end of depth', `${'['.repeat(5000)}${']'.repeat(5000)}`],
    ['too much depth to read', '['.repeat(500_000)],
  ])('params with %s are 400, not a fault of ours', async ([, deep], { open }) => {
    const response = await open().trigger(`{"pipeline":"choosy","params":{"deep":${deep}}}`);

    expect(response.status).toBe(400);
    await problem(response);
  });

  test.for(['with', 'without'] as const)(
    'more than 1 MiB %s a content-length is 413',
    async (length, { open }) => {
      const text = JSON.stringify({ pipeline: 'x'.repeat(1024 * 1024) });
      const headers = length === 'with' ? { ...json, 'content-length': String(text.length) } : json;

      const response = await open().ask('/runs/trigger', { method: 'POST', body: text, headers });

      expect(response.status).toBe(413);
      await problem(response);
    },
  );
});

test('ten triggers at once: each is recorded, one is live', async ({ open }) => {
  const { trigger, db } = open();

  const answers = await Promise.all(Array.from({ length: 10 }, () => trigger()));

  expect(answers.every(({ status }) => status === 202)).toBe(true);
  const states = await db.selectFrom('run_requests').select('state').execute();
  expect(states.filter(({ state }) => state === 'live')).toHaveLength(1);
  expect(states.filter(({ state }) => state === 'waiting')).toHaveLength(9);
});

describe('a tick', () => {
  test('plans, and is answered 204 without a body', async ({ open }) => {
    const response = await open().deliver('trigger', tick(), '{"pipeline":"plain"}');

    expect(response.status).toBe(204);
    expect(await response.text()).toBe('');
  });
});
