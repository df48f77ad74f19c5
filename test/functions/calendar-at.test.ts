import { type Entry, expect, test } from './calendar-story.ts';

const NOW = '2026-11-20T09:30:00Z';
const line = ({ slot_local, state, why }: Entry) => `${slot_local.slice(0, 16)} ${state}: ${why}`;

test('a time of day is the last such one, in the zone of the schedule', async ({ story }) => {
  const { entries, schedule, request, at } = await story(NOW);
  await schedule({
    timezone: 'Europe/Berlin',
    from: '2026-11-01T00:30:00Z',
    planned: '2026-11-20T09:00:00Z',
  });
  await request('2026-11-20T01:00:00Z', 'missed', { why: 'down' });
  await request('2026-11-19T01:00:00Z', 'skipped', { why: 'run x was still live (overlap: skip)' });

  const lines = async (text: string) => (await entries(`?at=${encodeURIComponent(text)}`)).map(line);

  const today = ['2026-11-20T02:00 missed: down'];
  const yesterday = ['2026-11-19T02:00 skipped: run x was still live (overlap: skip)'];
  for (const text of [
    '02:00',
    '2:00',
    'today 02:00',
    '2026-11-20 02:00',
    '2026-11-20T02:00:00',
    '2026-11-20T01:00:00Z',
  ])
    expect(await lines(text)).toEqual(today);
  for (const text of ['yesterday 02:00', '2026-11-19T02:00']) expect(await lines(text)).toEqual(yesterday);
  expect(await lines('tomorrow 02:00')).toEqual(['2026-11-21T02:00 expected: null']);
  await at('2026-11-20T00:30:00Z');
  expect(await lines('02:00')).toEqual(yesterday);
});

test('a time that is no slot is told its nearest', async ({ story }) => {
  const { entries, schedule } = await story(NOW);
  await schedule({ cron: '*/5 8 * * *', timezone: 'Europe/Berlin', from: '2026-11-10T00:30:00Z' });

  const [within] = await entries('?at=08:02');
  const [outside] = await entries('?at=02:00');
  const [last] = await entries('?at=2026-11-20T08:57');

  expect(within).toMatchObject({ state: 'none', slot_local: '2026-11-20T08:02:00+01:00' });
  expect(within?.why).toBe(
    'the schedule `*/5 8 * * *` in Europe/Berlin has no slot at 08:02; the nearest are 08:00 and 08:05',
  );
  expect(outside?.why).toMatch(/no slot at 02:00; the nearest are 2026-11-19 08:55 and 08:00$/);
  expect(last?.why).toMatch(/the nearest are 08:55 and 2026-11-21 08:00$/);
});

test('a rare schedule has neighbours years away', async ({ story }) => {
  const { entries, schedule } = await story(NOW);
  await schedule({ cron: '0 0 29 2 *', from: '2026-11-10T00:30:00Z' });

  expect((await entries('?at=2026-11-19'))[0]?.why).toMatch(
    /nearest are 2024-02-29 00:00 and 2028-02-29 00:00$/,
  );
});

test('times before, between and after schedules are told as that', async ({ story }) => {
  const { entries, schedule, ledger } = await story(NOW);
  const why = async (text: string) => (await entries(`?at=${text}`))[0]?.why;
  expect(await why('02:00')).toBe('it has no schedule: it runs when it is asked to');

  await schedule({ from: '2026-11-10T00:30:00Z', until: '2026-11-12T00:30:00Z' });
  expect(await why('2026-11-09T02:00')).toBe(
    'it had no schedule before 2026-11-10T00:30:00+00:00, when `0 * * * *` in UTC was written by pipeline file',
  );
  await ledger.query(`update schedules set closed_by = 'ada', close_why = 'the source moves'`);
  expect(await why('2026-11-13T02:00')).toBe(
    'its schedule `0 * * * *` in UTC ended at 2026-11-12T00:30:00+00:00 by ada (the source moves)',
  );
  await schedule({ cron: '5 * * * *', from: '2026-11-14T00:30:00Z' });
  expect(await why('2026-11-13T02:00')).toMatch(
    /^its schedule .* ended at .*, and the next began at 2026-11-14T00:30/,
  );
});

test('a slot whose record is gone is told as that', async ({ story }) => {
  const { entries, schedule } = await story(NOW);
  await schedule({ from: '2026-11-10T00:30:00Z', planned: '2026-11-20T09:00:00Z' });

  expect((await entries('?at=2026-11-11T02:00')).map(line)).toEqual([
    '2026-11-11T02:00 forgotten: it was planned; its record is older than what is kept',
  ]);
});

const SPRING = '2026-03-29T09:30:00Z';
const AUTUMN = '2026-10-25T09:30:00Z';
const night = { cron: '30 2 * * *', timezone: 'Europe/Berlin' };

test('a time that clocks left out is told with what the rule makes of it', async ({ story }) => {
  const { entries, schedule, ledger } = await story(SPRING);
  await schedule({ ...night, gap: 'skip', from: '2026-03-01T00:30:00Z' });
  const gone = '02:30 did not exist on 2026-03-29 in Europe/Berlin: clocks went from 02:00 to 03:00';

  expect((await entries('?at=02:30')).map((entry) => [entry.state, entry.why])).toEqual([
    ['none', `${gone}; it has no slot then (gap: skip)`],
  ]);

  await ledger.query(`update schedules set gap = 'once'`);
  expect((await entries('?at=02:30')).map((entry) => [entry.state, entry.why])).toEqual([
    [
      'unplanned',
      expect.stringContaining(`${gone}, and the slot of 03:30 stands for it (gap: once); no tick`),
    ],
  ]);
});

test('a time that came twice has a line each time', async ({ story }) => {
  const { entries, schedule, request, ledger } = await story(AUTUMN);
  await schedule({ ...night, overlap: 'once', from: '2026-10-01T00:30:00Z' });
  await request('2026-10-25T00:30:00Z', 'ran', { status: 'SUCCESS', why: 'SUCCESS' });

  const once = await entries('?at=02:30');
  await ledger.query(`update schedules set overlap = 'both'`);
  const both = await entries('?at=02:30');

  expect(once.map((entry) => [entry.slot_local, entry.state])).toEqual([
    ['2026-10-25T02:30:00+02:00', 'ran'],
    ['2026-10-25T02:30:00+01:00', 'none'],
  ]);
  expect(once[1]?.why).toMatch(
    /^02:30 came twice on 2026-10-25, this is the second \(overlap: once\); the schedule/,
  );
  expect(both.map((entry) => entry.state)).toEqual(['ran', 'unplanned']);
});
