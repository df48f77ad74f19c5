import { type Entry, expect, test } from './calendar-story.ts';
import { problem } from './doors.ts';

const NOW = '2026-11-20T09:30:00Z';
const at = (hour: string) => `2026-11-20T${hour}:00Z`;
const told = (entries: Entry[]) => entries.map(({ slot, state, why }) => [slot.slice(11, 16), state, why]);

test('each slot of a day ends in its state, with why, in the zone of its schedule', async ({ story }) => {
  const { entries, schedule, request } = await story(NOW);
  await schedule({ timezone: 'Europe/Berlin', from: '2026-11-20T02:30:00Z', planned: at('09:00') });
  const paused = { why: 'paused by ada: the source moves' };
  await request(at('03:00'), 'ran', { status: 'SUCCESS', why: 'SUCCESS' });
  await request(at('04:00'), 'ran', { status: 'ERROR', error_message: 'no source', why: 'ERROR' });
  await request(at('05:00'), 'missed', { why: 'no tick came before the next slot (misfire: last)' });
  await request(at('06:00'), 'skipped', paused);
  await request(at('07:00'), 'replaced', { why: 'run x took its place (overlap: queue)' });
  await request(at('08:00'), 'ran', {
    ...{ status: 'SUCCESS', late: true, admitted_at: at('08:03'), why: 'SUCCESS' },
  });
  await request(at('09:00'), 'waiting');

  const day = await entries('?from=2026-11-20T02:30:00Z');

  expect(told(day)).toEqual([
    ['03:00', 'ran', null],
    ['04:00', 'ran', 'DOWN: no source'],
    ['05:00', 'missed', 'no tick came before the next slot (misfire: last)'],
    ['06:00', 'skipped', paused.why],
    ['07:00', 'replaced', 'run x took its place (overlap: queue)'],
    ['08:00', 'ran', 'begun 3 min late'],
    ['09:00', 'waiting', 'it waits until its lane is free'],
    ['10:00', 'expected', null],
    ['11:00', 'expected', null],
    ['12:00', 'expected', null],
  ]);
  expect(day[0]).toMatchObject({
    slot: '2026-11-20T03:00:00.000Z',
    slot_local: '2026-11-20T04:00:00+01:00',
    timezone: 'Europe/Berlin',
    status: 'SUCCESS',
    duration_ms: 2000,
    reruns: [],
  });
});

test('slots that nobody planned are there, whether all is down or this pipeline alone', async ({ story }) => {
  const { entries, schedule, ledger } = await story(NOW);
  await schedule({ from: at('06:30') });

  const alone = await entries();
  await ledger.query(`insert into pipelines (name) values ('other')`);
  await ledger.query(
    `insert into schedules (pipeline, cron, timezone, planned_until, written_by)
     values ('other', '0 * * * *', 'UTC', '${at('09:00')}', 'test')`,
  );
  const among = await entries();

  const down =
    'no tick has come since 2026-11-20T06:30:00+00:00: trigger, the PingSource or the cluster is down, or its pipeline cannot be planned';
  expect(told(alone)).toEqual([
    [expect.anything(), 'none', expect.stringMatching(/^it had no schedule before 2026-11-20T06:30/)],
    ...['07:00', '08:00', '09:00'].map((slot) => [slot, 'unplanned', down]),
    ...['10:00', '11:00', '12:00'].map((slot) => [slot, 'expected', null]),
  ]);
  expect(among[1]?.why).toMatch(
    /^ticks come \(other was planned at 2026-11-20T09:00.*file is gone or broken/,
  );
});

test('a paused schedule says so for the slots to come', async ({ story }) => {
  const { entries, schedule, ledger } = await story(NOW);
  await schedule({ from: at('08:30'), planned: at('09:00') });
  await ledger.query(
    `insert into pauses (pipeline, paused_at, paused_by, why) values ('sample', '${at('09:10')}', 'ada', 'move')`,
  );

  const [, next] = await entries('?from=2026-11-20T09:00:00Z');

  expect(next).toMatchObject({
    state: 'expected',
    why: expect.stringMatching(/^paused by ada: move; it is skipped/),
  });
});

test('what ran a slot again stands with it', async ({ story }) => {
  const { entries, schedule, request, ledger } = await story(NOW);
  await schedule({ from: at('06:30'), planned: at('09:00') });
  const failed = await request(at('07:00'), 'ran', { status: 'ERROR', why: 'ERROR' });
  await request(at('08:00'), 'missed', { why: 'no tick' });
  const backfill = '00000000-0000-4000-8000-000000000001';
  await ledger.query(
    `insert into backfills (backfill_id, pipeline, range_from, range_until, reprocess, concurrency, slots)
     values ($1, 'sample', $2, $3, 'failed', 1, 2)`,
    [backfill, at('07:00'), at('09:00')],
  );
  const again = await request(at('08:00'), 'ran', {
    kind: 'backfill',
    backfill_id: backfill,
    status: 'SUCCESS',
  });
  const replay = { kind: 'replay', slot: null, replay_of: failed, requested_by: 'ada' };
  const first = await request(at('09:20'), 'ran', { ...replay, wish_why: 'source is back' });
  const second = await request(at('09:25'), 'waiting', { ...replay, replay_of: first });

  const [seven, eight] = await entries('?from=2026-11-20T07:00:00Z&to=2026-11-20T08:30:00Z');

  expect(seven?.reruns).toMatchObject([
    { run_id: first, kind: 'replay', requested_by: 'ada', why: 'source is back' },
    { run_id: second, kind: 'replay', replay_of: first, state: 'waiting' },
  ]);
  expect(eight?.reruns).toMatchObject([{ run_id: again, status: 'SUCCESS', backfill_id: backfill }]);
});

test.for([1, 3, 7, 200])(
  'pages of %i give every slot once and in order, while slots are planned',
  async (limit, { story }) => {
    const { ask, schedule, request, ledger } = await story(NOW);
    await schedule({ cron: '0 * * * *', from: '2026-11-19T12:30:00Z', until: '2026-11-20T00:10:00Z' });
    await schedule({ cron: '*/30 * * * *', from: '2026-11-20T03:10:00Z' });
    for (const hour of ['04', '05', '06']) await request(at(`${hour}:00`), 'missed', { why: 'down' });
    let path: string | undefined = `/pipelines/sample/calendar?limit=${limit}`;
    const seen: Entry[] = [];

    while (path) {
      const answer = await ask(path);
      seen.push(...((await answer.json()) as Entry[]));
      path = /<([^>]+)>/.exec(answer.headers.get('link') ?? '')?.[1];
      await ledger.query(`update schedules set planned_until = planned_until where valid_until is null`);
      if (path && seen.length === 2 * limit) await request(at('07:30'), 'missed', { why: 'just now' });
    }

    const slots = seen.filter((entry) => entry.state !== 'none').map((entry) => entry.slot.slice(5, 16));
    const hours = Array.from({ length: 12 }, (_, i) => (i === 11 ? '11-20T00:00' : `11-19T${13 + i}:00`));
    const halves = Array.from({ length: 16 }, (_, i) => {
      const minutes = 3 * 60 + 30 + i * 30;
      return `11-20T${String(Math.floor(minutes / 60)).padStart(2, '0')}:${minutes % 60 === 0 ? '00' : '30'}`;
    });
    expect(slots).toEqual([...hours, ...halves]);
    expect(seen.filter((entry) => entry.state === 'none').map((entry) => entry.why)).toEqual([
      expect.stringMatching(/^it had no schedule before 2026-11-19T12:30/),
      expect.stringMatching(
        /^its schedule `0 \* \* \* \*` in UTC ended at 2026-11-20T00:10.*began at 2026-11-20T03:10/,
      ),
    ]);
  },
);

test('a state is looked for through the whole range, in pages that may be short', async ({ story }) => {
  const { ask, schedule, request } = await story(NOW);
  await schedule({ cron: '* * * * *', from: '2026-11-10T00:00:00Z' });
  await request('2026-11-19T00:00:00Z', 'missed', { why: 'down' });
  const missed: Entry[] = [];
  let pages = 0;

  let path: string | undefined = '/pipelines/sample/calendar?from=2026-11-10&state=missed,skipped';
  for (; path; pages++) {
    const answer = await ask(path);
    missed.push(...((await answer.json()) as Entry[]));
    path = /<([^>]+)>/.exec(answer.headers.get('link') ?? '')?.[1];
  }

  expect(missed.map((entry) => entry.slot)).toEqual(['2026-11-19T00:00:00.000Z']);
  expect(pages).toBeGreaterThan(1);
});

test('a pipeline without a schedule, and a schedule that cannot be read, are no empty page', async ({
  story,
}) => {
  const { entries, schedule } = await story(NOW);

  expect(told(await entries())).toEqual([
    ['09:30', 'none', 'it has no schedule: it runs when it is asked to'],
  ]);

  await schedule({ cron: 'now and then', from: at('08:30') });
  expect((await entries()).map((entry) => entry.state)).toEqual(['none', 'none']);
});

test.for([
  ['?from=2026-11-21T00:00:00Z&to=2026-11-20T00:00:00Z', '"from" must be before "to"'],
  ['?from=2020-01-01', '400 days at most'],
  ['?to=2029-01-01', '400 days from now'],
  ['?at=9999-12-31T23:59:59-12:00', 'years 0000 to 9999'],
  ['?from=soon', '"soon" is no time'],
  ['?at=2026-02-30', 'is no time'],
  ['?at=02:00&state=missed', '"at" asks for one time'],
  ['?state=lost', 'wrong at "state'],
  ['?limit=1000', 'wrong at "limit"'],
  ['?since=1', 'The query is wrong'],
  ['?cursor=abc', '"cursor" is not one'],
])('%s is 400 and says why', async ([query, says], { story }) => {
  const { ask } = await story(NOW);

  const answer = await ask(`/pipelines/sample/calendar${query}`);

  expect(answer.status).toBe(400);
  expect((await problem(answer)).detail).toContain(says);
});

test.for(['nobody', 'Robert%27);--', '%00'])('there is no pipeline %s', async (name, { story }) => {
  const { ask } = await story(NOW);

  const answer = await ask(`/pipelines/${name}/calendar`);

  expect(answer.status).toBe(404);
  expect((await problem(answer)).detail).toMatch(/^There is no pipeline ".*"\. Known: sample\.$/s);
});

test.for(['0000-01-01', '0001-06-01T02:00:00Z', '9999-12-30T23:59', '23:59:59'])(
  'even %s has an answer',
  async (time, { story }) => {
    const { ask, schedule } = await story(NOW);
    await schedule({ timezone: 'America/St_Johns', from: '2026-11-19T12:30:00Z' });

    const answer = await ask(`/pipelines/sample/calendar?at=${time}`);

    expect(await answer.json()).toMatchObject([{ why: expect.any(String) }]);
  },
);
