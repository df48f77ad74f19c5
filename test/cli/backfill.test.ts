import { expect, test } from 'vitest';
import { problem, RUN_ID } from './answers.ts';
import { kubescribe, serve } from './command.ts';

const ID = '0192f3c4-5d6e-7f80-9123-00000000ba5e';

const listed = (over: object = {}) => ({
  backfill_id: ID,
  pipeline: 'market-bars',
  state: 'under way',
  range_from: '2026-11-20T00:00:00.000Z',
  range_until: '2026-11-21T00:00:00.000Z',
  reprocess: 'all',
  newest_first: false,
  concurrency: 4,
  params: {},
  slots: 24,
  requested_by: 'ann',
  why: 'bad feed',
  created_at: '2026-11-21T08:00:00.123Z',
  ended_at: null,
  cancelled_at: null,
  cancelled_by: null,
  cancel_why: null,
  ...over,
});

const shown = (done: number, over: object = {}) => ({
  ...listed(),
  counts: { waiting: 20 - done, live: 4, succeeded: done, failed: 0, cancelled: 0 },
  progress: { done, of: 24 },
  live: [{ run_id: RUN_ID, slot: '2026-11-20T05:00:00.000Z', started_at: '2026-11-21T08:00:01.000Z' }],
  estimate_ms: 90_000,
  ...over,
});

const over = (counts: object) =>
  shown(24, {
    state: 'done',
    ended_at: '2026-11-21T08:10:00Z',
    live: [],
    counts: { waiting: 0, live: 0, succeeded: 0, failed: 0, cancelled: 0, ...counts },
  });

const RANGE = ['--from', '2026-11-20', '--until', '2026-11-21'];

test('a backfill is asked for with what was said, and its id printed', async () => {
  const { url, asked } = await serve(() => ({ status: 201, json: shown(0) }));

  const { code, stdout, stderr } = await kubescribe([
    ...['backfill', 'start', 'market-bars', ...RANGE, '--reprocess', 'all', '--newest-first'],
    ...['--concurrency', '4', '--params', '{"days": 3}', '--why', 'bad feed', '--url', url],
  ]);

  expect(code).toBe(0);
  expect(stdout).toBe(`Backfill ${ID} of market-bars: 24 slots\n`);
  expect(stderr).toContain(`npx kubescribe backfill show ${ID}`);
  expect(asked).toMatchObject([
    { method: 'POST', url: '/backfills', headers: { 'x-kubescribe-client': 'cli' } },
  ]);
  expect(JSON.parse(asked[0]?.body ?? '')).toEqual({
    pipeline: 'market-bars',
    from: '2026-11-20T00:00:00.000Z',
    until: '2026-11-21T00:00:00.000Z',
    reprocess: 'all',
    order: 'newest',
    concurrency: 4,
    params: { days: 3 },
    why: 'bad feed',
  });
});

test('--dry-run tells what it would be', async () => {
  const dry = {
    pipeline: 'market-bars',
    from: '2026-11-20T00:00:00.000Z',
    until: '2026-11-21T00:00:00.000Z',
    reprocess: 'none',
    order: 'oldest',
    concurrency: 1,
    params: {},
    dry_run: true,
    slots: 24,
    asked: 22,
    asked_for: { missed: 2, never: 20 },
    left_out: { succeeded: 2 },
    first_slot: '2026-11-20T01:00:00.000Z',
    last_slot: '2026-11-21T00:00:00.000Z',
    reads: { from: '2026-11-20T00:00:00.000Z', until: '2026-11-21T00:00:00.000Z' },
    estimate_ms: null,
  };
  const { url, asked } = await serve(() => ({ json: dry }));

  const { code, stdout } = await kubescribe([
    'backfill',
    'start',
    'market-bars',
    ...RANGE,
    '--dry-run',
    '--url',
    url,
  ]);

  expect(code).toBe(0);
  expect(JSON.parse(asked[0]?.body ?? '')).toMatchObject({ dry_run: true });
  expect(stdout).toMatch(/^slots +24, of which 22 would run$/m);
  expect(stdout).toMatch(/^would run +2 missed, 20 never$/m);
  expect(stdout).toMatch(/^left out +2 succeeded$/m);
  expect(stdout).toMatch(/^reads +from 2026-11-20 00:00:00Z until 2026-11-21 00:00:00Z$/m);
  expect(stdout).toMatch(/^would take +unknown/m);
});

test.each([
  [{ succeeded: 24 }, 0],
  [{ succeeded: 23, failed: 1 }, 1],
  [{ succeeded: 4, cancelled: 20 }, 1],
])('--wait tells how far it is; when it ends with %o the exit code is %i', async (counts, expected) => {
  const course = [shown(0), shown(0), shown(7), over(counts)];
  const { url } = await serve((_, nth) => ({
    status: nth === 0 ? 201 : 200,
    json: course[Math.min(nth, course.length - 1)],
  }));

  const { code, stdout } = await kubescribe([
    'backfill',
    'start',
    'market-bars',
    ...RANGE,
    '--wait',
    '--url',
    url,
  ]);

  expect(code).toBe(expected);
  const lines = stdout.split('\n').map((line) => line.replace(/^\d\d:\d\d:\d\dZ {2}/, ''));
  expect(lines.slice(0, 2)).toEqual([
    `market-bars ${ID}  0 of 24 (0 %)  20 waiting, 4 live`,
    `market-bars ${ID}  7 of 24 (29 %)  13 waiting, 4 live, 7 succeeded`,
  ]);
  expect(lines).toHaveLength(4);
});

test('the list is a table, of all pipelines or one', async () => {
  const { url, asked } = await serve(() => ({ json: [listed({ why: 'tab\there' })] }));

  const { stdout } = await kubescribe(['backfill', 'list', '--pipeline', 'market-bars', '--url', url]);

  expect(asked[0]?.url).toBe('/backfills?pipeline=market-bars&limit=20');
  expect(stdout).toMatch(/^BACKFILL +PIPELINE +STATE +FROM +UNTIL +SLOTS +REPROCESS +CREATED +BY +WHY$/m);
  expect(stdout).toContain(`${ID}  market-bars  under way  2026-11-20 00:00:00Z`);
  expect(stdout).toContain('tab\\there');
});

test('one is shown with its counts, its live runs and what is left', async () => {
  const { url } = await serve(() => ({
    json: shown(7, { cancel_why: '\u001b[31m', cancelled_at: '2026-11-21T09:00:00Z' }),
  }));

  const { stdout } = await kubescribe(['backfill', 'show', ID, '--url', url]);

  expect(stdout).toMatch(/^state +under way, 2026-11-21 09:00:00Z: \\x1b\[31m$/m);
  expect(stdout).toMatch(/^progress +7 of 24 \(29 %\)$/m);
  expect(stdout).toMatch(/^slots +13 waiting, 4 live, 7 succeeded$/m);
  expect(stdout).toMatch(/^order +oldest first, 4 at once$/m);
  expect(stdout).toMatch(/^time left +about 1 m 30 s, 4 at once$/m);
  expect(stdout).toContain(`${RUN_ID}  slot 2026-11-20 05:00:00Z  since 2026-11-21 08:00:01Z`);
});

test('one is cancelled with why; what the server refuses is told', async () => {
  const { url, asked } = await serve((_, nth) =>
    nth === 0 ? { json: shown(7) } : problem(409, 'Backfill over', 'It has ended.'),
  );

  const first = await kubescribe([
    'backfill',
    'cancel',
    ID,
    '--why',
    'wrong day',
    '--url',
    url,
    '-o',
    'json',
  ]);
  const second = await kubescribe(['backfill', 'cancel', ID, '--url', url]);

  expect(asked[0]).toMatchObject({
    method: 'POST',
    url: `/backfills/${ID}/cancel`,
    body: '{"why":"wrong day"}',
  });
  expect(JSON.parse(first.stdout)).toEqual(shown(7));
  expect(second).toMatchObject({ code: 1, stdout: '', stderr: 'error: Backfill over: It has ended.\n' });
});

test.each([
  [['start', 'p', '--from', '2026-11-20'], /--until/],
  [['start', 'p', '--from', 'yesterday', '--until', '2026-11-21'], /Give a time such as/],
  [['start', 'p', ...RANGE, '--dry-run', '--wait'], /--dry-run starts nothing/],
  [['show', '../runs'], /UUID/],
])('%o is a usage error', async (args, said) => {
  const { code, stderr } = await kubescribe(['backfill', ...args]);

  expect(code).toBe(2);
  expect(stderr).toMatch(said);
});
