import { describe, expect } from 'vitest';
import { beginRun, test, write } from '../lib/tail/open-streams.ts';
import { answerFaults } from '../setup/answer-faults.ts';

const NOBODY = '7b0e6f7e-8f6e-4a53-9a55-0d1c32f4e8aa';
/** What a host that stops waits for at most, in ms. */
const PATIENCE = 40_000;

describe.for(['sse', 'ws'] as const)('a stream by %s', (kind) => {
  test('of a run tells the lines that are there, then those that come, and its end', async ({
    open,
    writer,
  }) => {
    const streams = await open();
    const client = await writer();
    const run = await beginRun(client);
    const before = await write(client, ['one', 'two'], { run });

    const follower = streams[kind]({ job_run_id: run });
    await expect.poll(follower.ids).toEqual(before);
    const after = await write(client, ['three'], { run });
    await write(client, ['of the system']);
    await expect.poll(follower.ids).toEqual([...before, ...after]);
    await client.query(`update run_log set status = 'SUCCESS', finished_at = clock() where run_id = $1`, [
      run,
    ]);

    expect(await follower.closed).toBe(kind === 'ws' ? 1000 : 'end');
    expect(follower.told.at(-1)).toMatchObject({
      event: 'end',
      data: { why: 'run-over', job_run_id: run, status: 'SUCCESS' },
    });
    expect(follower.ids()).toEqual([...before, ...after]);
    expect(follower.told.find(({ event }) => event === 'line')?.data).toMatchObject({
      message: 'one',
      type: 'job',
    });
  });

  test('of all begins with what comes from now on, and goes on after an id', async ({ open, writer }) => {
    const streams = await open();
    const client = await writer();
    const [first = 0] = await write(client, ['before']);
    const now = streams[kind]();
    await expect.poll(async () => (await streams.status()).connections[kind]).toBe(1);
    const [second = 0] = await write(client, ['after']);
    await expect.poll(now.ids).toEqual([second]);

    const resumed = streams[kind]({ after: first });

    await expect.poll(resumed.ids).toEqual([second]);
    expect(second).toBeGreaterThan(first);
  });

  test('tells only what its filter asks for', async ({ open, writer }) => {
    const streams = await open();
    const client = await writer();
    await write(client, ['early'], { level: 'error' });
    const follower = streams[kind]({ after: 0, min_level: 'warn', regex: '^[el]' });
    await expect.poll(follower.ids).toHaveLength(1);

    await write(client, ['late', 'other'], { level: 'warn' });
    await write(client, ['low'], { level: 'debug' });
    await write(client, ['last'], { level: 'error' });

    const messages = () =>
      follower.told.filter(({ event }) => event === 'line').map(({ data }) => data.message);
    await expect.poll(messages).toEqual(['early', 'late', 'last']);
  });

  test('that begins while lines are written waits for them, and keeps their order', async ({
    open,
    writer,
  }) => {
    const streams = await open();
    const [client, slow] = [await writer(), await writer()];
    const [first = 0, second = 0] = await write(client, ['one', 'two']);
    await slow.query('begin');
    const [third = 0] = await write(slow, ['three, which is committed last']);
    const [fourth = 0] = await write(client, ['four']);

    const follower = streams[kind]({ after: first });
    await expect.poll(async () => (await streams.status()).listening).toBe(true);
    expect(follower.ids()).toEqual([]);
    await slow.query('commit');

    await expect.poll(follower.ids).toEqual([second, third, fourth]);
  });

  test('up to an id ends there', async ({ open, writer }) => {
    const streams = await open();
    const [one = 0, two = 0, three = 0] = await write(await writer(), ['one', 'two', 'three']);

    const follower = streams[kind]({ after: one, until: two });

    expect(await follower.closed).toBe(kind === 'ws' ? 1000 : 'end');
    expect(follower.ids()).toEqual([two]);
    expect(follower.told.at(-1)).toMatchObject({ event: 'end', data: { why: 'until', status: null } });
    expect(three).toBeGreaterThan(two);
  });

  test('finds lines whose writers do not say that they wrote', async ({ open, writer }) => {
    const streams = await open();
    const client = await writer();
    const follower = streams[kind]();
    await expect.poll(async () => (await streams.status()).listening).toBe(true);

    await client.query(`insert into logs (message, timestamp) values ('quiet', clock() at time zone 'UTC')`);

    await expect.poll(follower.ids).toHaveLength(1);
  });

  test('ends politely when its host stops, and leaves no connection behind', async ({ open, writer }) => {
    const streams = await open();
    const follower = streams[kind]();
    await expect.poll(async () => (await streams.status()).listening).toBe(true);
    const began = performance.now();

    await streams.service.drain(PATIENCE);

    expect(await follower.closed).toBe(kind === 'ws' ? 1012 : 'end');
    expect(performance.now() - began).toBeLessThan(PATIENCE / 2);
    const client = await writer();
    const connections = async () =>
      (
        await client.query(
          `select from pg_stat_activity where application_name like 'kubescribe%' and datname = current_database()`,
        )
      ).rowCount;
    // The server takes its time to see that somebody has left.
    await expect.poll(connections).toBe(0);
  });
});

describe('the door of a stream', () => {
  test('is closed to runs that nobody knows, to faults, and to pages of other sites', async ({ open }) => {
    const streams = await open();
    const asked = {
      unknown: [streams.at('sse', { job_run_id: NOBODY }), {}],
      regex: [streams.at('sse', { regex: '(' }), {}],
      after: [streams.at('sse', { after: -1 }), {}],
      parameter: [streams.at('sse', { tail: 5 }), {}],
      id: [streams.at('sse'), { 'last-event-id': 'x' }],
      socket: [streams.at('ws'), {}],
    } as const;

    const statuses = await Promise.all(
      Object.values(asked).map(async ([url, headers]) => {
        const response = await fetch(url, { headers });
        const { pathname } = new URL(url);
        expect(await answerFaults({ method: 'GET', path: pathname, response })).toEqual([]);
        return response.status;
      }),
    );
    const [unknown, foreign, own] = [
      streams.ws({ job_run_id: NOBODY }),
      streams.ws({}, { origin: 'https://elsewhere.example' }),
      streams.ws({}, { origin: new URL(streams.at('ws')).origin }),
    ];

    expect(statuses).toEqual([404, 400, 400, 400, 400, 426]);
    expect(await Promise.all([unknown.closed, foreign.closed])).toEqual(['cut', 'cut']);
    await expect.poll(async () => (await streams.status()).connections).toEqual({ sse: 0, ws: 1 });
    own.cut();
    await expect.poll(async () => (await streams.status()).connections).toEqual({ sse: 0, ws: 0 });
  });

  test('goes on where a browser was, and tells how it is doing', async ({ open, writer }) => {
    const streams = await open();
    const ids = await write(await writer(), ['one', 'two', 'three']);

    const follower = streams.sse({ after: 0 }, { 'last-event-id': String(ids[1]) });

    await expect.poll(follower.ids).toEqual(ids.slice(2));
    const response = await fetch(streams.at('status'));
    expect(await answerFaults({ method: 'GET', path: '/api/v1/logs/stream/status', response })).toEqual([]);
    expect(await response.json()).toMatchObject({
      connections: { sse: 1, ws: 0 },
      position: ids[2],
      newest: ids[2],
      lag_ms: 0,
      told: 1,
      dropped: 0,
    });
  });

  test('of a request that never became a run is closed at once', async ({ open, writer }) => {
    const streams = await open();
    const client = await writer();
    await client.query(`insert into pipelines (name) values ('p')`);
    await client.query(
      `insert into run_requests (run_id, pipeline, kind, state, trigger, source)
       values ($1, 'p', 'person', 'cancelled', 'api', 'local')`,
      [NOBODY],
    );

    const follower = streams.sse({ job_run_id: NOBODY });

    expect(await follower.closed).toBe('end');
    expect(follower.told.at(-1)?.data).toEqual({ why: 'run-over', job_run_id: NOBODY, status: null });
  });
});
