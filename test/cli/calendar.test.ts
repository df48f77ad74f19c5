import { expect, test } from 'vitest';
import { problem, RUN_ID } from './answers.ts';
import { kubescribe, serve } from './command.ts';

const minutes = (n: number) =>
  `${String(Math.floor(n / 60)).padStart(2, '0')}:${String(n % 60).padStart(2, '0')}`;

const times = { started_at: null, finished_at: null, requested_at: null };

const slot = (time: string, over: object = {}) => ({
  slot: `2026-11-20T${time}:00.000Z`,
  slot_local: `2026-11-20T${time}:00+00:00`,
  timezone: 'UTC',
  state: 'ran',
  late: false,
  why: null,
  run_id: RUN_ID,
  lane: '',
  status: 'SUCCESS',
  ...times,
  duration_ms: 1200,
  deadline: null,
  admitted_at: null,
  ended_at: null,
  until: null,
  reruns: [],
  ...over,
});
const missed = { state: 'missed', status: null, duration_ms: null, why: 'no tick came' };

test('slots that are alike are one line; the others stand out, with why and counts', async () => {
  const day = [
    slot('01:55', { state: 'none', status: null, duration_ms: null, why: 'it had no schedule before' }),
    ...Array.from({ length: 12 }, (_, i) => slot(minutes(120 + 5 * i))),
    slot('03:00', { status: 'ERROR', why: 'DOWN: no source', duration_ms: 3000 }),
    ...Array.from({ length: 5 }, (_, i) => slot(minutes(185 + 5 * i), missed)),
    slot('03:30', { late: true, why: 'begun 3 min late' }),
    slot('03:35', { state: 'expected', status: null, run_id: null, duration_ms: null }),
  ];
  const { url, asked } = await serve(() => ({ json: day }));

  const { code, stdout } = await kubescribe(['calendar', 'market-bars', '--from', '02:00', '--url', url]);

  expect(code).toBe(0);
  expect(asked[0]?.url).toBe('/pipelines/market-bars/calendar?from=02%3A00&limit=200');
  expect(
    stdout
      .replaceAll(RUN_ID, 'ID')
      .split('\n')
      .map((line) => line.replaceAll(/ {2,}/g, '  ')),
  ).toEqual([
    'SLOT (UTC)  SLOTS  STATE  TOOK  RUN  WHY',
    '2026-11-20 01:55  0  no slot  -  -  it had no schedule before',
    '2026-11-20 02:00 – 02:55  12  ran  ~ 1.2 s  -  -',
    '2026-11-20 03:00  1  ran ERROR  3.0 s  ID  DOWN: no source',
    '2026-11-20 03:05 – 03:25  5  missed  -  -  no tick came',
    '2026-11-20 03:30  1  ran late  1.2 s  ID  begun 3 min late',
    '2026-11-20 03:35  1  expected  -  -  -',
    '20 slots: 12 ran, 5 missed, 1 ran ERROR, 1 ran late, 1 expected',
    '',
  ]);

  const each = await kubescribe(['calendar', 'market-bars', '--each', '--url', url]);
  expect(each.stdout.trim().split('\n')).toHaveLength(day.length + 2);
});

const rerun = {
  run_id: RUN_ID,
  kind: 'backfill',
  state: 'ran',
  why: null,
  status: 'SUCCESS',
  ...times,
  duration_ms: null,
  requested_at: '2026-11-20T09:00:00Z',
  requested_by: null,
  backfill_id: null,
  replay_of: null,
};

test.each([
  { what: 'it ran well', rows: [slot('02:00')], code: 0, says: 'UTC (+00:00): ran in 1.2 s, run ID' },
  {
    what: 'it failed',
    rows: [slot('02:00', { status: 'ERROR', why: 'DOWN' })],
    code: 1,
    says: 'ran ERROR in 1.2 s: DOWN, run ID',
  },
  { what: 'it was missed', rows: [slot('02:00', missed)], code: 1, says: 'missed: no tick came' },
  {
    what: 'it was missed and made good',
    rows: [slot('02:00', { ...missed, reruns: [rerun] })],
    code: 0,
    says: 'missed: no tick came; run again by a backfill: SUCCESS, run ID',
  },
  {
    what: 'it ran and a replay failed',
    rows: [slot('02:00', { reruns: [{ ...rerun, status: 'ERROR' }] })],
    code: 1,
    says: 'run again by a backfill: ERROR',
  },
  {
    what: 'it came twice and once was no slot',
    rows: [slot('02:00'), slot('02:00', { ...missed, state: 'none', why: 'it came twice' })],
    code: 0,
    says: 'run ID; 2026-11-20 02:00 UTC (+00:00): no slot: it came twice',
  },
  {
    what: 'it is no slot',
    rows: [slot('02:02', { ...missed, state: 'none', why: 'no slot at 02:02' })],
    code: 1,
    says: 'no slot at 02:02',
  },
  {
    what: 'it is to come',
    rows: [slot('02:00', { ...missed, state: 'expected', why: null })],
    code: 1,
    says: 'expected',
  },
])('--at answers in one line, and by its exit code: $what', async ({ rows, code, says }) => {
  const { url, asked } = await serve(() => ({ json: rows }));

  const table = await kubescribe(['calendar', 'p', '--at', 'yesterday 02:00', '--url', url]);
  const json = await kubescribe(['calendar', 'p', '--at', 'yesterday 02:00', '--url', url, '-o', 'json']);

  expect([table.code, json.code]).toEqual([code, code]);
  expect(table.stdout).toMatch(/^2026-11-20 02:0\d UTC.*\n$/);
  expect(table.stdout.replaceAll(RUN_ID, 'ID')).toContain(says);
  expect(JSON.parse(json.stdout)).toEqual(rows);
  expect(asked[0]?.url).toBe('/pipelines/p/calendar?at=yesterday%2002%3A00');
});

test('what the server refuses, and wrong use, are told', async () => {
  const { url } = await serve(() => problem(400, 'Bad request', '"soon" is no time.'));

  const refused = await kubescribe(['calendar', 'p', '--at', 'soon', '--url', url]);
  const wrong = await kubescribe(['calendar', 'p', '--at', '02:00', '--from', '01:00', '--url', url]);

  expect(refused).toMatchObject({ code: 1, stderr: 'error: Bad request: "soon" is no time.\n' });
  expect(wrong).toMatchObject({ code: 2, stderr: 'error: --at stands alone.\n' });
});

test('words from outside cannot act on the terminal', async () => {
  const hostile = '\u001b[2J\nnext';
  const { url } = await serve(() => ({
    json: [slot('02:00', { ...missed, why: hostile, timezone: hostile })],
  }));

  const one = await kubescribe(['calendar', '../../runs', '--at', '02:00', '--url', url]);
  const all = await kubescribe(['calendar', 'p', '--url', url]);

  for (const { stdout } of [one, all]) expect(stdout.replaceAll('\n', '')).not.toMatch(/\p{Cc}/u);
  expect(one.stdout.split('\n')).toHaveLength(2);
});
