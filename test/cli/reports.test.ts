import { expect, test } from 'vitest';
import { problem, RUN_ID } from './answers.ts';
import { kubescribe, serve } from './command.ts';

const HOSTILE = '\u001b[2Jline\nbreak \u202egnp.exe';
const AT = '2026-11-21T08:00:00.000Z';

test('a report is a table by its own columns, whatever stands in them', async () => {
  const rows = [
    { symbol: 'AAPL', close: 1.5, note: HOSTILE },
    { symbol: '日本', close: null, note: '' },
  ];
  const { url, asked } = await serve(() => ({ json: rows }));
  const where = ['--where', 'symbol=A', '--where', 'ts>=2026-01-05'];

  const shown = await kubescribe([
    'report',
    'market.bars',
    ...where,
    '--fields',
    'symbol,close,note',
    '--url',
    url,
  ]);
  const asJson = await kubescribe(['report', 'market.bars', '-o', 'json', '--url', url]);

  expect(shown).toMatchObject({ code: 0, stderr: '' });
  expect(shown.stdout.split('\n')).toEqual([
    'symbol  close  note',
    'AAPL      1.5  \\x1b[2Jline\\nbreak \\u202egnp.exe',
    '日本        -  -',
    '',
  ]);
  expect(asked[0]?.url).toBe(
    '/reports/market.bars?where=symbol%3DA&where=ts%3E%3D2026-01-05&fields=symbol%2Cclose%2Cnote&limit=20',
  );
  expect(JSON.parse(asJson.stdout)).toEqual(rows);
});

test('CSV comes as the server gives it; one that breaks off is an error', async () => {
  const headers = { 'content-type': 'text/csv; charset=utf-8; header=present' };
  const whole = await serve(() => ({ headers, text: "symbol\n'=1\n" }));
  const breaking = { ...headers, 'content-length': '100', connection: 'close' };
  const broken = await serve(() => ({ headers: breaking, text: 'symbol\n' }));
  const refused = await serve(() => problem(404, 'Not found', 'There is no report "x".'));
  const csv = (url: string) => kubescribe(['report', 'bars', '-o', 'csv', '--where', 'a=b c', '--url', url]);

  expect(await csv(whole.url)).toEqual({ code: 0, stdout: "symbol\n'=1\n", stderr: '' });
  expect(whole.asked[0]).toMatchObject({
    url: '/reports/bars?where=a%3Db+c&format=csv',
    headers: { accept: 'text/csv' },
  });
  expect(await csv(broken.url)).toMatchObject({ code: 1, stderr: expect.stringMatching(/broke off/) });
  expect(await csv(refused.url)).toMatchObject({
    code: 1,
    stdout: '',
    stderr: expect.stringMatching(/no report/),
  });
});

test('without a name the tables are listed', async () => {
  const table = {
    table: 'bars',
    written_by: [{ pipeline: 'p', task: 't' }],
    key: ['a', 'b'],
    columns: [],
    rows: 7,
  };
  const { url } = await serve(() => ({ json: [table] }));

  expect((await kubescribe(['report', '--url', url])).stdout).toBe(
    'TABLE  ROWS  KEY   WRITTEN BY\nbars      7  a, b  p/t\n',
  );
  expect((await kubescribe(['report', '--where', 'a=b', '--url', url])).code).toBe(2);
});

const passport = {
  table: 'bars',
  key: { symbol: 'AAPL' },
  row: { symbol: 'AAPL', note: HOSTILE },
  written_by: [{ pipeline: 'p', task: 't' }],
  copy_of: null,
  origin: { commit_id: 7, rank: 1, source: 'primary', received_at: AT, source_id: '12', from: 'raw' },
  commit: {
    ...{
      commit_id: 7,
      scope: 'p',
      task: 't',
      batch: 3,
      run_id: RUN_ID,
      target: 'bars',
      books: {},
      committed_at: AT,
    },
    window: { previous_horizon: '700', horizon: '800', last_id: '9', closed: true, source_identity: 'x' },
  },
  run: {
    ...{ run_id: RUN_ID, pipeline: 'p', status: 'SUCCESS', started_at: AT, finished_at: AT },
    ...{ kind: 'slot', slot: AT, lane: '', href: '/runs/x', page: '/console/runs/x' },
  },
  siblings: [{ class: 'data_quality_errors', log_time: AT, rule: 'null.close', error_detail: HOSTILE }],
  sources: null,
  notes: ['The commit was pruned.'],
};

test('a passport says where a row is from, and what else was said of it', async () => {
  const { url, asked } = await serve(() => ({ json: passport }));

  const { code, stdout, stderr } = await kubescribe([
    'passport',
    'bars',
    'symbol=AAPL',
    'ts=x y',
    '--url',
    url,
  ]);

  expect(code).toBe(0);
  expect(asked[0]?.url).toBe('/passport?table=bars&key=symbol%3DAAPL&key=ts%3Dx%20y');
  expect(stdout).toMatch(/^source {6}raw, primary, no\. 12$/m);
  expect(stdout).toMatch(/^window {6}transactions 700 to 800$/m);
  expect(stdout).toMatch(/data_quality_errors {2}null\.close {2}\\x1b\[2Jline\\nbreak/);
  expect(stderr).toBe('The commit was pruned.\n');
  expect(stdout).not.toContain('\u001b');
});

test('operations are counts with their trend, rows of a class, or watermarks', async () => {
  const error = {
    ...{ error_id: 1, symbol: HOSTILE, column_name: 'volume', raw_value: 'x', target_type: 'bigint' },
    ...{
      error_detail: 'bad',
      log_time: AT,
      pipeline: 'p',
      run_id: RUN_ID,
      task: 't',
      batch: 1,
      identity: null,
    },
    ...{ sightings: 3, ts: null, policy: 'reject', source_id: '1' },
  };
  const watermark = {
    ...{ pipeline_name: 'p', last_processed_ts: AT, status: 'OK', updated_at: AT, pipeline: 'p', lane: null },
    ...{ task: null, run_id: null, batch: null, horizon: null, lag_seconds: null, behind_seconds: 90 },
  };
  const trend = [0, 1, 8].map((count) => ({ at: AT, count }));
  const counts = {
    from: AT,
    to: AT,
    by: 'hour',
    classes: [{ class: 'cast_errors', count: 9, at_least: true, trend }],
  };
  const { url, asked } = await serve(({ url }) => ({
    json: url.startsWith('/api/v1/watermarks') ? [watermark] : url.includes('cast') ? [error] : counts,
  }));
  const look = (...args: string[]) => kubescribe(['operations', ...args, '--url', url]);

  expect((await look()).stdout).toBe('CLASS        COUNT  TREND\ncast_errors     9+   ▁█\n');
  expect((await look('cast-errors', '--run', RUN_ID, '--column', 'volume')).stdout).toMatch(
    / 3 {2}p +\\x1b\[2Jline\\nbreak .* volume +bad$/m,
  );
  expect((await look('watermarks', '--pipeline', 'p')).stdout).toMatch(/^p +OK +.* 1 m 30 s/m);
  expect(asked.map((one) => one.url)).toEqual([
    '/api/v1/operations',
    `/api/v1/operations/cast-errors?column=volume&run_id=${RUN_ID}&limit=20`,
    '/api/v1/watermarks?pipeline=p&limit=20',
  ]);
  expect((await look('cast_errors', '--by', 'day')).code).toBe(2);
  expect((await look('--rule', 'x')).code).toBe(2);
});
