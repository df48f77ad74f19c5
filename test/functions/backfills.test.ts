import { randomUUID } from 'node:crypto';
import { Client } from 'pg';
import { describe, onTestFinished, vi } from 'vitest';
import * as z from 'zod';
import { declare } from '../../lib/requests/declare.ts';
import { feedPipeline, things } from '../lib/ingest/feed.ts';
import { test as base, expect } from '../setup/product.ts';
import { nothingArrives } from '../work/hands-on.ts';
import { idle, pipelineOf } from '../work/pipeline-of.ts';
import { problem } from './doors.ts';

const HOURLY = { schedule: '0 * * * *', timezone: 'UTC' };
const DAY = { pipeline: 'sample', from: '2026-01-10T00:00:00Z', until: '2026-01-11T00:00:00Z' };
const Asked = z.looseObject({ backfill_id: z.string() });

/** An hourly pipeline of which nothing runs by itself, one without a schedule, one that cannot read ranges. */
const test = base.extend('door', async ({ product, runlog, connect }) => {
  const ledger = await connect(runlog);
  const hourly = pipelineOf(idle, HOURLY);
  const pipelines = [
    hourly,
    { ...hourly, name: 'unscheduled', schedule: undefined },
    feedPipeline('rangeless', [things()], HOURLY),
    pipelineOf(idle, { ...HOURLY, key: ({ lane }) => lane }),
  ].map((pipeline, i) => (i === 3 ? { ...pipeline, name: 'laned' } : pipeline));
  const made = await product({ pipelines, weather: nothingArrives });
  await declare(made.service.runlog, pipelines, 'local');
  const post = (path: string, body: object, headers = {}) =>
    made.ask(path, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...headers },
      body: JSON.stringify(body),
    });
  const start = (body: object, headers = {}) => post('/backfills', { ...DAY, ...body }, headers);
  const started = async (body: object) => Asked.parse(await (await start(body)).json());
  const get = async (path: string) => (await made.ask(path)).json();
  return { ...made, ledger, post, start, started, get };
});

/** A slot at an hour of the day, and what became of it. */
async function became(
  ledger: Client,
  hour: number,
  state: string,
  { status = 'SUCCESS', pipeline = 'sample', params = {} } = {},
): Promise<void> {
  const id = randomUUID();
  if (state === 'ran')
    await ledger.query(
      `insert into run_log (run_id, component, status, started_at, finished_at)
       values ($1, $2, $3, '2026-01-12 00:00', '2026-01-12 00:01:30')`,
      [id, pipeline, status],
    );
  await ledger.query(
    `insert into run_requests (run_id, pipeline, kind, slot, state, params, trigger, source)
     values ($1, $2, 'slot', '2026-01-10'::timestamptz + $3 * interval '1 hour', $4, $5, 'cron', 'local')`,
    [id, pipeline, hour, state, params],
  );
}

describe('POST /backfills', () => {
  test('a dry run tells what would be asked for and what left out, and writes nothing', async ({ door }) => {
    const { start, ledger } = door;
    for (const hour of [1, 2]) await became(ledger, hour, 'missed');
    await became(ledger, 3, 'skipped');
    await became(ledger, 4, 'ran');
    await became(ledger, 5, 'ran', { status: 'ERROR' });

    const response = await start({ dry_run: true, concurrency: 4 });

    expect(response.status).toBe(200);
    expect(await response.json()).toMatchObject({
      ...DAY,
      from: '2026-01-10T00:00:00.000Z',
      until: '2026-01-11T00:00:00.000Z',
      slots: 24,
      asked: 22,
      asked_for: { missed: 2, skipped: 1, never: 19 },
      left_out: { succeeded: 1, failed: 1 },
      first_slot: '2026-01-10T01:00:00.000Z',
      last_slot: '2026-01-11T00:00:00.000Z',
      reads: { from: '2026-01-10T00:00:00.000Z', until: '2026-01-11T00:00:00.000Z' },
      // Six times four runs of 90 s.
      estimate_ms: 6 * 90_000,
    });
    expect((await ledger.query('select from backfills')).rowCount).toBe(0);
  });

  test('without a run that succeeded the time is unknown', async ({ door }) => {
    expect(await (await door.start({ dry_run: true })).json()).toMatchObject({ estimate_ms: null });
  });

  test('makes a request of each slot that reads what lies between the one before and itself', async ({
    door,
  }) => {
    const { start, ledger, get } = door;

    const response = await start({ until: '2026-01-10T03:00:00Z', why: 'the feed was late', concurrency: 2 });

    expect(response.status).toBe(201);
    const shown = Asked.parse(await response.json());
    expect(response.headers.get('location')).toBe(`/backfills/${shown.backfill_id}`);
    expect(shown).toMatchObject({
      pipeline: 'sample',
      state: 'under way',
      slots: 3,
      why: 'the feed was late',
      requested_by: 'somebody by HTTP',
      counts: { waiting: 1, live: 2, succeeded: 0, failed: 0, cancelled: 0 },
      progress: { done: 0, of: 3 },
      live: [{ slot: '2026-01-10T01:00:00.000Z' }, { slot: '2026-01-10T02:00:00.000Z' }],
      estimate_ms: null,
    });
    expect(await get(`/backfills/${shown.backfill_id}`)).toEqual(shown);
    const { rows } = await ledger.query(
      `select slot::text, range_from::text, range_until::text, lane, wish_why from run_requests order by ordinal`,
    );
    expect(rows).toMatchObject([
      {
        slot: '2026-01-10 01:00:00+00',
        range_from: '2026-01-10 00:00:00+00',
        range_until: '2026-01-10 01:00:00+00',
        lane: `backfill:${shown.backfill_id}:2026-01-10T01:00:00.000Z`,
        wish_why: 'the feed was late',
      },
      { range_from: '2026-01-10 01:00:00+00', range_until: '2026-01-10 02:00:00+00' },
      { range_from: '2026-01-10 02:00:00+00', range_until: '2026-01-10 03:00:00+00' },
    ]);
  });

  test.for([
    ['none', 'oldest', [1, 2, 7, 8, 9]],
    ['failed', 'oldest', [1, 2, 4, 5, 7, 8, 9]],
    ['all', 'newest', [9, 8, 7, 6, 5, 4, 3, 2, 1]],
  ] as const)(
    'reprocess %s, %s first, asks for the hours %o',
    async ([reprocess, order, hours], { door }) => {
      const { started, ledger } = door;
      const states = {
        1: 'missed',
        2: 'cancelled',
        3: 'ran',
        4: 'ran',
        5: 'ran',
        6: 'waiting',
        7: 'replaced',
      };
      for (const [hour, state] of Object.entries(states))
        await became(ledger, Number(hour), state, { status: hour === '3' ? 'SUCCESS' : 'TIMEOUT' });

      await started({ until: '2026-01-10T09:00:00Z', reprocess, order });

      const { rows } = await ledger.query(
        `select extract(hour from slot)::int as hour from run_requests where kind = 'backfill' order by ordinal`,
      );
      expect(rows.map(({ hour }) => hour)).toEqual(hours);
    },
  );

  test('the last run of a slot speaks for it, also that of an earlier backfill', async ({ door }) => {
    const { start, started, ledger } = door;
    const range = { until: '2026-01-10T01:00:00Z' };
    await became(ledger, 1, 'ran', { status: 'ERROR' });
    const { backfill_id } = await started({ ...range, reprocess: 'failed' });
    await ledger.query(`
      delete from run_work;
      update run_log set status = 'SUCCESS', finished_at = clock() where status = 'STARTED';
      update run_requests set state = 'ran', ended_at = clock() where state = 'live'`);

    const again = await start({ ...range, reprocess: 'failed' });

    expect(again.status).toBe(422);
    expect((await problem(again)).detail).toBe(
      'None of the 1 slots is left to run (1 succeeded): ask with reprocess "all" to run them again.',
    );
    expect(backfill_id).toMatch(/-/);
  });

  test('a slot that ran for other params of another lane is still to run for these', async ({ door }) => {
    const { start, ledger } = door;
    const of = { pipeline: 'laned', until: '2026-01-10T01:00:00Z', dry_run: true };
    await became(ledger, 1, 'ran', { pipeline: 'laned', params: { lane: '', fail: false } });

    const same = await start({ ...of, params: { fail: true } });
    const other = await start({ ...of, params: { lane: 'x' } });

    expect(await same.json()).toMatchObject({ asked: 0, left_out: { succeeded: 1 } });
    expect(await other.json()).toMatchObject({ asked: 1, asked_for: { never: 1 } });
  });

  test('slots are those of the schedule of their time; before the first, those of the first', async ({
    door,
  }) => {
    const { start, ledger } = door;
    await ledger.query(`
      delete from schedules where pipeline = 'sample';
      insert into schedules (pipeline, cron, timezone, valid_from, valid_until, planned_until, written_by) values
        ('sample', '0 */6 * * *', 'UTC', '2026-01-05', '2026-01-10 12:30', '2026-01-10 12:00', 'test'),
        ('sample', '0 20 * * *', 'UTC', '2026-01-10 14:00', null, '2026-01-10 20:00', 'test')`);
    const slotsOf = async (from: string, until: string) => {
      const body = await (await start({ from, until, dry_run: true })).json();
      return body as { slots: number; first_slot: string; last_slot: string; reads: { from: string } };
    };

    expect(await slotsOf('2026-01-10T00:00:00Z', '2026-01-20T00:00:00Z')).toMatchObject({
      slots: 3,
      first_slot: '2026-01-10T06:00:00.000Z',
      last_slot: '2026-01-10T20:00:00.000Z',
    });
    expect(await slotsOf('2026-01-10T12:00:00Z', '2026-01-20T00:00:00Z')).toMatchObject({
      slots: 1,
      reads: { from: '2026-01-10T12:00:00.000Z' },
    });
    expect(await slotsOf('2026-01-01T01:00:00Z', '2026-01-01T13:00:00Z')).toMatchObject({
      slots: 2,
      reads: { from: '2026-01-01T00:00:00.000Z' },
    });
  });

  test.for([
    [{ pipeline: 'unscheduled' }, '"unscheduled" has never had a schedule, and so has no slots: trigger it.'],
    [{ pipeline: 'rangeless' }, 'Task "things" cannot read a range: name the column'],
    [{ from: '2026-01-10T01:00:00Z', until: '2026-01-10T01:59:00Z' }, 'has no slot after 2026-01-10T01:00'],
    [{ from: '2999-01-01T00:00:00Z', until: '2999-02-01T00:00:00Z' }, 'that its schedule has come to'],
    [{ from: '2024-01-01T00:00:00Z', until: '2026-01-01T00:00:00Z' }, '"sample" has 17544 slots after'],
    [{ from: '1999-01-01T00:00:00Z' }, '"sample" has 50000 or more slots'],
  ] as const)('%o is 422: %s', async ([body, why], { door }) => {
    for (const dry_run of [true, false]) {
      const response = await door.start({ ...body, dry_run });

      expect(response.status).toBe(422);
      expect((await problem(response)).detail).toContain(why);
    }
  });

  test.for([
    [{ until: DAY.from }, 400],
    [{ from: 'yesterday' }, 400],
    [{ concurrency: 0 }, 400],
    [{ concurrency: 13 }, 400],
    [{ params: { lane: 7 } }, 400],
    [{ speed: 'fast' }, 400],
    [{ pipeline: 'nobody' }, 404],
  ] as const)('%o is %i', async ([body, status], { door }) => {
    const response = await door.start(body);

    expect(response.status).toBe(status);
    await problem(response);
  });

  test('all backfills under way share the runs that may be live', async ({ door }) => {
    const { start, started } = door;
    await started({ concurrency: 10 });

    const tooMany = await start({ concurrency: 3 });
    const fits = await start({ concurrency: 2, reprocess: 'all' });

    expect((await problem(tooMany)).detail).toContain(
      '10 are taken by those under way: ask for a concurrency of 2',
    );
    expect(fits.status).toBe(201);
  });

  test('the same Idempotency-Key gives the same backfill, and with another body 422', async ({ door }) => {
    const { start, ledger } = door;
    const key = { 'idempotency-key': 'k1' };

    const answers = await Promise.all([
      start({}, key),
      start({}, key),
      start({}, { 'idempotency-key': '"k1"' }),
    ]);
    const other = await start({ reprocess: 'all' }, key);

    expect(answers.map(({ status }) => status)).toEqual([201, 201, 201]);
    expect(new Set(answers.map(({ headers }) => headers.get('location'))).size).toBe(1);
    expect(new Set(await Promise.all(answers.map((answer) => answer.text()))).size).toBe(1);
    expect(answers.filter(({ headers }) => headers.get('idempotent-replayed') === 'true')).toHaveLength(2);
    expect(other.status).toBe(422);
    await problem(other);
    expect((await ledger.query('select from run_requests')).rowCount).toBe(24);
  });

  test('ten thousand slots are asked for by a few statements', async ({ door }) => {
    const said = vi.spyOn(Client.prototype, 'query');
    onTestFinished(() => said.mockRestore());

    const response = await door.start({ from: '2024-11-25T00:00:00Z', concurrency: 4 });

    expect(await response.json()).toMatchObject({ slots: 9888, counts: { live: 4, waiting: 9884 } });
    expect(said.mock.calls.length).toBeGreaterThan(0);
    expect(said.mock.calls.length).toBeLessThan(50);
  });
});

describe('GET /backfills', () => {
  test('lists them newest first, a page at a time, of all pipelines or one', async ({ door }) => {
    const { started, ask, get } = door;
    const ids: string[] = [];
    for (let i = 0; i < 3; i++) ids.unshift((await started({ reprocess: 'all' })).backfill_id);

    const first = await ask('/backfills?limit=2');
    const next = /<([^>]*)>/.exec(first.headers.get('link') ?? '')?.[1] ?? '';

    const idsOf = (page: unknown) =>
      z
        .array(Asked)
        .parse(page)
        .map(({ backfill_id }) => backfill_id);
    expect(idsOf(await first.json())).toEqual(ids.slice(0, 2));
    expect(idsOf(await get(next))).toEqual(ids.slice(2));
    expect(await get('/backfills?pipeline=laned')).toEqual([]);
    expect(await get('/backfills?pipeline=sample')).toMatchObject([
      {},
      {},
      { state: 'under way', slots: 24 },
    ]);
  });

  test.for([
    [`/backfills/${randomUUID()}`, 404],
    ['/backfills/7', 400],
    ['/backfills?limit=0', 400],
    ['/backfills?pipeline=%00', 400],
  ] as const)('%s is %i', async ([path, status], { door }) => {
    const response = await door.ask(path);

    expect(response.status).toBe(status);
    await problem(response);
  });
});

describe('POST /backfills/{id}/cancel', () => {
  test('what waits ends at once, what is live is flagged, and its end ends the backfill', async ({
    door,
  }) => {
    const { started, post, ledger, get } = door;
    const { backfill_id: id } = await started({ concurrency: 2 });

    const response = await post(`/backfills/${id}/cancel`, { why: 'wrong day' });
    const again = await post(`/backfills/${id}/cancel`, { why: 'again' });

    expect([response.status, again.status]).toEqual([200, 200]);
    expect(await response.json()).toMatchObject({
      state: 'being cancelled',
      cancel_why: 'wrong day',
      cancelled_by: 'somebody by HTTP',
      counts: { waiting: 0, live: 2, cancelled: 22 },
      progress: { done: 22, of: 24 },
    });
    const { rows } = await ledger.query('select cancel_why from run_work where cancel_at is not null');
    expect(rows).toEqual([{ cancel_why: 'wrong day' }, { cancel_why: 'wrong day' }]);

    await door.tick('minute');

    expect(await get(`/backfills/${id}`)).toMatchObject({
      state: 'cancelled',
      cancel_why: 'wrong day',
      counts: { live: 0, cancelled: 24 },
      estimate_ms: 0,
    });
    expect((await post(`/backfills/${id}/cancel`, {})).status).toBe(409);
  });

  test('an unknown one is 404', async ({ door }) => {
    expect((await door.post(`/backfills/${randomUUID()}/cancel`, {})).status).toBe(404);
  });
});
