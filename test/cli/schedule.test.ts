import { expect } from '../setup/product.ts';
import { test } from '../work/hourly.ts';
import { kubescribe, serve } from './command.ts';
import { opened } from './opened.ts';

const ISO = /\d{4}-\d\d-\d\d \d\d:\d\d:\d\dZ/g;
const plain = (text: string) => text.replaceAll(ISO, 'TIME');

test('a schedule is set, shown with its history, and reset', async ({ hourly }) => {
  const made = await hourly({ pauseAfter: 5 });
  const at = ['--url', await opened(made)];
  const wish = ['--cron', '15 3 * * *', '--timezone', 'Asia/Tokyo', '--gap', 'skip', '--why', 'a trial'];

  const set = await kubescribe(['schedule', 'set', 'sample', ...wish, ...at]);
  const shown = await kubescribe(['schedule', 'show', 'sample', ...at]);
  const reset = await kubescribe(['schedule', 'reset', 'sample', '--why', 'as before', ...at]);

  expect([set, shown, reset].map(({ code, stderr }) => [code, stderr])).toEqual(Array(3).fill([0, '']));
  expect(plain(set.stdout).split('\n')).toEqual([
    'pipeline          sample',
    'schedule          "15 3 * * *" in Asia/Tokyo',
    'clocks            a time left out: skip; a time repeated: once',
    'overridden        since TIME by somebody by the CLI: a trial',
    'its file          "0 * * * *" in UTC',
    'pauses by itself  after 5 failures in a row of its slots',
    'next              TIME',
    ...Array(4).fill('                  TIME'),
    '',
  ]);
  expect(shown.stdout).toMatch(/now +15 3 \* \* \* +Asia\/Tokyo +override +somebody by the CLI +a trial/);
  expect(shown.stdout).toMatch(
    /0 \* \* \* \* +UTC +file +pipeline file +declared +somebody by the CLI: a trial/,
  );
  expect(plain(reset.stdout)).toContain('since             TIME by somebody by the CLI: as before');
});

test('a schedule is paused and resumed, as often as one likes', async ({ hourly }) => {
  const made = await hourly();
  const at = ['--url', await opened(made)];
  const pause = (why: string) => kubescribe(['pause', 'sample', '--why', why, ...at]);

  const said = [await pause('the source moves'), await pause('again')];
  const shown = await kubescribe(['schedule', 'show', 'sample', ...at]);
  const then = [
    await kubescribe(['resume', 'sample', '--why', 'moved', ...at]),
    await kubescribe(['resume', 'sample', ...at]),
  ];

  const by = 'since TIME by somebody by the CLI: the source moves';
  expect([...said, ...then].map(({ stdout }) => plain(stdout))).toEqual([
    `sample is paused, ${by}\n`,
    `sample was paused before, ${by}\n`,
    `sample is resumed; it was paused ${by}\n`,
    'sample was not paused\n',
  ]);
  expect(said[0]?.stderr).toBe('Resume it: npx kubescribe resume sample\n');
  expect(plain(shown.stdout)).toContain(`paused    ${by}`);
  expect(shown.stdout).toContain('While it is paused, its slots are skipped.');
});

test('-o json prints what the server answers', async ({ hourly }) => {
  const at = ['--url', await opened(await hourly()), '-o', 'json'];

  const paused = await kubescribe(['pause', 'sample', '--why', 'x', ...at]);
  const shown = await kubescribe(['schedule', 'show', 'sample', ...at]);

  expect(JSON.parse(paused.stdout)).toMatchObject({ paused: true, changed: true, pause: { why: 'x' } });
  expect(JSON.parse(shown.stdout)).toMatchObject({ pipeline: 'sample', pause: { why: 'x' } });
});

test('what the server refuses ends with 1 and its reason', async ({ hourly }) => {
  const at = ['--url', await opened(await hourly())];
  const set = (cron: string) =>
    kubescribe(['schedule', 'set', 'sample', '--cron', cron, '--timezone', 'UTC', '--why', 'x', ...at]);

  const unknown = await kubescribe(['pause', 'nobody', '--why', 'x', ...at]);
  const unreadable = await set('0 3 * * 7');

  expect([unknown.code, unreadable.code]).toEqual([1, 1]);
  expect(unknown.stderr).toBe('error: Unknown pipeline: There is no pipeline "nobody". Known: sample.\n');
  expect(unreadable.stderr).toContain('Unusable schedule: "0 3 * * 7" has weekday 7');
});

test('what comes from outside moves no cursor', async () => {
  const pause = {
    pause_id: 1,
    pipeline: 'p',
    paused_at: '2026-11-21T08:00:00Z',
    paused_by: 'a\u001b[2Jda',
    why: 'x\u202ey',
    automatic: false,
    resumed_at: null,
    resumed_by: null,
    resume_why: null,
  };
  const { url, asked } = await serve(() => ({ json: { pipeline: 'p', paused: true, changed: true, pause } }));

  const { stdout } = await kubescribe(['pause', '../up', '--why', 'x', '--url', url]);

  expect(stdout).toBe('p is paused, since 2026-11-21 08:00:00Z by a\\x1b[2Jda: x\\u202ey\n');
  expect(asked[0]?.url).toBe('/pipelines/..%2Fup/pause');
});

test.for([
  [['pause', 'sample'], "required option '--why <reason>' not specified"],
  [['schedule', 'set', 'sample', '--cron', '0 3 * * *', '--why', 'x'], "'--timezone <zone>' not specified"],
  [['schedule', 'set', 'sample', '--gap', 'both'], 'skip, once'],
  [['schedule', 'reset', 'sample'], "'--why <reason>' not specified"],
  [['schedule'], 'Usage: kubescribe schedule'],
] as const)('wrong use ends with 2 and a sentence: %s', async ([args, says]) => {
  const { code, stderr } = await kubescribe([...args]);

  expect(code).toBe(2);
  expect(stderr).toContain(says);
});
