import { expect, test } from 'vitest';
import { listedRun, logLine, problem, RUN_ID, shownRun, shownTask, waitingRun } from './answers.ts';
import { kubescribe, serve } from './command.ts';

const HOSTILE = '\u001b[2J\u001b]0;owned\u0007line\nbreak \u009b31m \u202egnp.exe';

test('runs are a table with aligned columns, times in UTC and human durations', async () => {
  const failed = listedRun({
    status: 'ERROR',
    duration_ms: 3_723_000,
    error_code: 'SQL_23505',
    error_message: 'twice',
  });
  const live = listedRun({ status: 'STARTED', duration_ms: null, meta: null, component: '日本' });
  const { url, asked } = await serve(() => ({ json: [listedRun(), failed, live] }));

  const { code, stdout } = await kubescribe([
    'runs',
    '--url',
    url,
    '--status',
    'error',
    '--component',
    'market-bars',
  ]);

  expect(code).toBe(0);
  expect(stdout.split('\n').map((line) => line.replace(RUN_ID, 'ID'))).toEqual([
    'RUN                                   PIPELINE     STATUS   STARTED               DURATION  TRIGGER  SOURCE  WRITTEN  REJECTED  ERROR',
    'ID  market-bars  SUCCESS  2026-11-21 08:00:00Z    12.3 s  cron     local      1200         3  -',
    'ID  market-bars  ERROR    2026-11-21 08:00:00Z  1 h 02 m  cron     local      1200         3  SQL_23505: twice',
    'ID  日本         STARTED  2026-11-21 08:00:00Z         -  cron     local         -         -  -',
    '',
  ]);
  expect(asked[0]?.url).toBe('/runs?status=ERROR&component=market-bars&limit=20');
});

test('tags, members of meta and words are asked for; a value of meta is JSON where it can be', async () => {
  const { url, asked } = await serve(() => ({ json: [] }));
  const look = (...args: string[]) => kubescribe(['runs', '--url', url, ...args]);

  await look(
    '--tag',
    'a',
    '--tag',
    'b',
    '--meta',
    'kind=slot',
    '--meta',
    'attempts=2',
    '--search',
    'no disk',
  );
  const refused = await look('--meta', 'kind');

  const query = new URL(asked[0]?.url ?? '', url).searchParams;
  expect(Object.fromEntries(query)).toEqual({
    tag: 'a,b',
    meta: '{"kind":"slot","attempts":2}',
    q: 'no disk',
    limit: '20',
  });
  expect(refused).toMatchObject({ code: 2, stderr: expect.stringContaining('name=value') });
});

test('JSON is what the server gave, over all pages that the limit asks for', async () => {
  const page = (n: number) => Array.from({ length: n }, (_, i) => listedRun({ extra: i }));
  const { url, asked } = await serve((_, nth) => ({
    json: nth === 0 ? page(200) : page(200).slice(0, 60),
    headers: nth === 0 ? { link: '<https://elsewhere.example/runs?limit=200&cursor=abc>; rel="next"' } : {},
  }));

  const { stdout } = await kubescribe(['runs', '--limit', '250', '--url', url, '-o', 'json']);

  expect(JSON.parse(stdout)).toEqual([...page(200), ...page(50)]);
  expect(asked.map((request) => request.url)).toEqual(['/runs?limit=200', '/runs?limit=200&cursor=abc']);
});

test('text from outside is shown with visible escapes, as JSON too', async () => {
  const run = shownRun({
    error_message: HOSTILE,
    error_stack: HOSTILE,
    component: HOSTILE,
    tasks: [shownTask({ name: HOSTILE, error_message: HOSTILE })],
    logs: [logLine({ message: HOSTILE })],
  });
  const { url } = await serve(({ url }) => ({ json: url.startsWith('/runs/') ? run : [run] }));

  const list = await kubescribe(['runs', '--url', url]);
  const one = await kubescribe(['run', RUN_ID, '--url', url]);
  const json = await kubescribe(['run', RUN_ID, '--url', url, '-o', 'json']);

  for (const { code, stdout } of [list, one, json]) {
    expect(code).toBe(0);
    expect(stdout.replaceAll('\n', '')).not.toMatch(/[\p{Cc}\u202e]/u);
  }
  expect(list.stdout.split('\n')).toHaveLength(3);
  expect(one.stdout).toContain('\\x1b[2J\\x1b]0;owned\\x07line\\nbreak \\x9b31m \\u202egnp.exe');
  expect(JSON.parse(json.stdout)).toEqual(run);
});

test('a problem is shown by its title and detail, escaped, and ends with 1', async () => {
  const { url } = await serve(() => problem(404, 'Not found', `There is no run \u001b[31m${RUN_ID}.`));

  const { code, stdout, stderr } = await kubescribe(['run', RUN_ID, '--url', url]);

  expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
  expect(stderr).toBe(`error: Not found: There is no run \\x1b[31m${RUN_ID}.\n`);
});

test('a run is shown with its tasks and their books, its error and its last lines', async () => {
  const run = shownRun({
    status: 'ERROR',
    error_code: 'BOOKS',
    error_message: 'the books do not balance',
    error_stack: '    at first\n    at second',
    request: { ...shownRun().request, slot: '2026-11-21T08:00:00Z', late: true, params: { days: 3 } },
    tasks: [
      shownTask(),
      shownTask({ name: 'days', status: 'STARTED', read: null, progress: { done: 1200, of: 5000 } }),
    ],
    logs: [logLine({ timestamp: '2026-11-21T08:00:01Z', level: 'warn', message: 'slow source' })],
  });
  const { url } = await serve(() => ({ json: run }));

  const { stdout } = await kubescribe(['run', RUN_ID, '--url', url]);

  expect(stdout).toMatch(/^status +ERROR$/m);
  expect(stdout).toMatch(/^finished +2026-11-21 08:00:12Z after 12\.3 s$/m);
  expect(stdout).toMatch(/^slot +2026-11-21 08:00:00Z, late$/m);
  expect(stdout).toMatch(/^params +\{"days":3\}$/m);
  expect(stdout).toMatch(/^error +BOOKS: the books do not balance\n {2}at first\n {2}at second$/m);
  expect(stdout).toMatch(/^bars +SUCCESS +1 +10\.0 s +1210 +1200 +0 +7 +3 +0 +- +-$/m);
  expect(stdout).toMatch(/^days +STARTED .* 1,200 of 5,000 \(24 %\) +-$/m);
  expect(stdout).toMatch(/^2026-11-21 08:00:01Z {2}warn {3}slow source$/m);
});

test('attempts are shown with their causes, when there were several', async () => {
  const attempt = (over: object) => ({
    attempt: 1,
    started_at: '2026-11-21T08:00:00Z',
    ended_at: '2026-11-21T08:00:05Z',
    left_as: 'retry',
    error_class: 'away',
    error_code: 'DATABASE_AWAY',
    error_message: HOSTILE,
    ...over,
  });
  const last = attempt({ attempt: 2, left_as: null, ended_at: null, error_class: null, error_code: null });
  const attempts = [attempt({}), { ...last, error_message: null }];
  const { url } = await serve((_, nth) => ({ json: shownRun({ attempts: attempts.slice(nth) }) }));

  const { stdout } = await kubescribe(['run', RUN_ID, '--url', url]);
  const once = await kubescribe(['run', RUN_ID, '--url', url]);

  expect(stdout).toMatch(
    /^ +1 +2026-11-21 08:00:00Z +2026-11-21 08:00:05Z +retry +away +DATABASE_AWAY: \\x1b/m,
  );
  expect(stdout).toMatch(/^ +2 +2026-11-21 08:00:00Z +- +- +- +-$/m);
  expect(once.stdout).not.toContain('ATTEMPT');
});

test('a request that is no run yet is shown as what it is', async () => {
  const { url } = await serve(() => ({ json: waitingRun() }));

  const { code, stdout } = await kubescribe(['run', RUN_ID, '--url', url]);

  expect(code).toBe(0);
  expect(stdout).toMatch(/^status +none yet: the request is waiting$/m);
});
