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
    ['a body that is no object', '[]', json, 400, '{"pipeline": NAME'],
    ['an unknown member', '{"pipelin":"plain"}', json, 400, '{"pipeline": NAME'],
    ['another media type', 'pipeline=plain', { 'content-type': 'text/plain' }, 415, 'application/json'],
    ['a key that is too long', '{}', { ...json, 'idempotency-key': 'k'.repeat(256) }, 400, 'Idempotency-Key'],
    ['an empty key', '{}', { ...json, 'idempotency-key': '""' }, 400, 'Idempotency-Key'],
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

describe('an Idempotency-Key', () => {
  test('gives the same run for the same request, quoted or bare, with nested params in any order', async ({
    open,
  }) => {
    const { trigger } = open();
    const body = { pipeline: 'choosy', params: { deep: { b: 1, aa: [{ d: 2, c: 3 }] }, symbol: 'X' } };
    const turned = { params: { symbol: 'X', deep: { aa: [{ c: 3, d: 2 }], b: 1 } }, pipeline: 'choosy' };

    const answers = [
      await trigger(body, { 'idempotency-key': 'k1' }),
      await trigger(body, { 'idempotency-key': '"k1"' }),
      await trigger(turned, { 'idempotency-key': 'k1' }),
    ];

    expect(answers.map(({ status }) => status)).toEqual([202, 202, 202]);
    expect(new Set(answers.map(({ headers }) => headers.get('location'))).size).toBe(1);
  });

  test.for([{ pipeline: 'choosy', params: { symbol: 'Y' } }, { pipeline: 'plain' }])(
    'with another request %o is 422',
    async (other, { open }) => {
      const { trigger } = open();
      await trigger({ pipeline: 'choosy', params: { symbol: 'X' } }, { 'idempotency-key': 'k1' });

      const response = await trigger(other, { 'idempotency-key': 'k1' });

      expect(response.status).toBe(422);
      await problem(response);
    },
  );

  test('that comes ten times at once makes one run', async ({ open }) => {
    const { trigger, db } = open();

    const answers = await Promise.all(
      Array.from({ length: 10 }, () => trigger({ pipeline: 'plain' }, { 'idempotency-key': 'k1' })),
    );

    expect(new Set(answers.map(({ headers }) => headers.get('location'))).size).toBe(1);
    expect(await db.selectFrom('run_log').select('run_id').execute()).toHaveLength(1);
  });

  test('that comes at once for two pipelines makes one run and one 422', async ({ open }) => {
    const { trigger, db } = open();

    const answers = await Promise.all(
      ['plain', 'single', 'plain', 'single'].map((pipeline) =>
        trigger({ pipeline }, { 'idempotency-key': 'k1' }),
      ),
    );

    expect(answers.map(({ status }) => status).sort()).toEqual([202, 202, 422, 422]);
    expect(await db.selectFrom('run_requests').select('run_id').execute()).toHaveLength(1);
  });
});

test('ten triggers at once: each is recorded, one is live', async ({ open }) => {
  const { trigger, db } = open();

  const answers = await Promise.all(Array.from({ length: 10 }, () => trigger()));

  expect(answers.every(({ status }) => status === 202)).toBe(true);
  const states = await db.selectFrom('run_requests').select('state').execute();
  expect(states.filter(({ state }) => state === 'live')).toHaveLength(1);
  expect(states.filter(({ state }) => state === 'waiting')).toHaveLength(9);
});

describe('every door', () => {
  test('sends the request id back, or makes one; a problem names it', async ({ open }) => {
    const { ask } = open();

    const named = await ask('/nowhere', { headers: { 'x-request-id': 'r1' } });
    const unnamed = await ask('/nowhere');

    expect(named.headers.get('x-request-id')).toBe('r1');
    expect(await problem(named)).toMatchObject({ status: 404, instance: 'r1' });
    expect((await problem(unnamed)).instance).toBe(unnamed.headers.get('x-request-id'));
  });

  test.for([
    ['DELETE', '/runs/trigger', 'POST'],
    ['GET', '/runs/trigger', 'POST'],
    ['POST', '/runs', 'GET'],
    ['PUT', '/runs/1', 'GET'],
  ] as const)('%s %s is 405 and says what is taken', async ([method, path, allow], { open }) => {
    const response = await open().ask(path, { method });

    expect(response.status).toBe(405);
    expect(response.headers.get('allow')).toBe(allow);
    await problem(response);
  });

  test('a broken %-escape in a path is 400', async ({ open }) => {
    expect((await open().ask('/runs/%E0%A4')).status).toBe(400);
  });
});

describe('a tick', () => {
  test('plans, and is answered 204 without a body', async ({ open }) => {
    const response = await open().deliver('trigger', tick(), '{"pipeline":"plain"}');

    expect(response.status).toBe(204);
    expect(await response.text()).toBe('');
  });
});

describe('with RunLog away', () => {
  test.for([
    ['a closed port', 'postgres://app:hunter2@127.0.0.1:1/runlog'],
    ['no such host', 'postgres://app:hunter2@runlog.invalid:5432/runlog'],
  ] as const)('%s: 503, when to come again, and no secret', async ([, url], { open }) => {
    const { ask, trigger } = open({ RUNLOG_DB_URL: url });

    for (const response of [await trigger(), await ask('/runs')]) {
      expect(response.status).toBe(503);
      expect(response.headers.get('retry-after')).toBe('5');
      expect(await problem(response)).not.toMatchObject({
        detail: expect.stringMatching(/hunter2|127|5432/),
      });
    }
  });

  test('a wrong password is 503 too', async ({ open, runlog, connect }) => {
    const admin = await connect(runlog);
    const role = `door_${process.pid}`;
    await admin.query(`create role ${role} login password 'right'`);
    const url = new URL(runlog);
    url.username = role;
    url.password = 'hunter2';

    const response = await open({ RUNLOG_DB_URL: url.href }).ask('/runs');

    await admin.query(`drop role ${role}`);
    expect(response.status).toBe(503);
    expect(JSON.stringify(await problem(response))).not.toMatch(/hunter2|door_/);
  });
});
