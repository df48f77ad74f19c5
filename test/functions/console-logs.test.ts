import { createHash } from 'node:crypto';
import { expect } from 'vitest';
import type { Db } from '../../lib/db/connect.ts';
import { test } from './console-door.ts';
import { declarePipeline, insertEnded, insertLive, minutesAgo } from './console-rows.ts';

type Line = { message: string; level?: 'debug' | 'info' | 'warn' | 'error'; job_run_id?: string };

/** Writes lines, one a second. */
async function write(db: Db, lines: Line[]): Promise<void> {
  const begun = minutesAgo(60).getTime();
  const rows = lines.map((line, i) => ({
    type: line.job_run_id ? ('job' as const) : ('system' as const),
    timestamp: new Date(begun + i * 1000).toISOString(),
    ...line,
  }));
  await db.insertInto('logs').values(rows).execute();
}

const rowsOf = (page: string) =>
  [...page.matchAll(/<li id="L(\d+)".*?<span>(.*?)<\/span><\/li>/gs)].map(([, id, text = '']) => ({
    id,
    text,
  }));
const messagesOf = (page: string) => rowsOf(page).map(({ text }) => text);
const numbered = (count: number, job_run_id: string): Line[] =>
  Array.from({ length: count }, (_, i) => ({ message: `line ${i + 1}`, job_run_id }));

test('a run shows its last lines, and leads to those before them', async ({ db, get }) => {
  const run = await insertEnded(db, { component: 'market-bars', started_at: minutesAgo(70) });
  await write(db, numbered(350, run));

  const { text } = await get(`/console/runs/${run}`);
  const [, older = ''] = /href="([^"]*)">Older/.exec(text) ?? [];
  const before = await get(older);

  expect(messagesOf(text)).toEqual(
    numbered(350, run)
      .slice(150)
      .map(({ message }) => message),
  );
  expect(messagesOf(before.text)).toEqual(
    numbered(251, run)
      .slice(51)
      .map(({ message }) => message),
  );
  expect(before.text).toContain('Around one line');
});

test('the lines around one are those of the run, and the one is marked', async ({ db, get }) => {
  const run = await insertEnded(db, { component: 'market-bars', started_at: minutesAgo(70) });
  await write(db, [{ message: 'of the system' }, ...numbered(3, run)]);
  const [, second] = rowsOf((await get(`/console/runs/${run}`)).text);

  const { text } = await get(`/console/runs/${run}?around=${second?.id}`);
  const gone = await get(`/console/runs/${run}?around=999999`);

  expect(messagesOf(text)).toEqual(['line 1', 'line 2', 'line 3']);
  expect(text).toMatch(new RegExp(`<li id="L${second?.id}" data-at="[^"]+" class="marked">`));
  expect(gone.text).toContain('not kept any more');
  expect(messagesOf(gone.text)).toHaveLength(3);
});

test('lines are found by level and text, and that none fits is said', async ({ db, get }) => {
  const run = await insertEnded(db, { component: 'market-bars', started_at: minutesAgo(70) });
  await write(db, [
    { message: 'all is well', job_run_id: run },
    { message: 'Connection reset', level: 'warn', job_run_id: run },
    { message: 'connection lost', level: 'error', job_run_id: run },
  ]);
  const shown = async (query: string) => messagesOf((await get(`/console/runs/${run}?${query}`)).text);

  expect(await shown('min_level=warn&text=')).toEqual(['Connection reset', 'connection lost']);
  expect(await shown('min_level=error&text=CONNECTION')).toEqual(['connection lost']);
  expect(await shown('text=nothing')).toEqual([]);
  expect((await get(`/console/runs/${run}?text=nothing`)).text).toContain('No line fits.');
  expect((await get(`/console/runs/${run}?min_level=loud`)).text).toContain('“min_level”');
});

test('only a run that goes on is followed', async ({ db, get }) => {
  await declarePipeline(db, 'market-bars');
  const live = await insertLive(db, 'market-bars');
  const ended = await insertEnded(db, { component: 'market-bars', started_at: minutesAgo(70) });
  await write(db, numbered(300, live));

  const page = await get(`/console/runs/${live}`);
  const [oldest] = rowsOf(page.text);

  // What was committed late is told again after the oldest that is shown.
  expect(page.text).toContain(`data-run="${live}" data-after="${oldest?.id}"`);
  expect((await get(`/console/runs/${live}?around=${oldest?.id}`)).text).not.toContain('data-after');
  expect((await get(`/console/runs/${ended}`)).text).not.toContain('data-after');
});

test('the log of all has the system beside the runs, and can be of a type', async ({ db, get }) => {
  const run = await insertEnded(db, { component: 'market-bars', started_at: minutesAgo(70) });
  await write(db, [{ message: 'started' }, { message: 'copied', job_run_id: run }]);

  const { text } = await get('/console/logs');

  expect(messagesOf(text)).toEqual(['started', 'copied']);
  expect(text).toContain(`<a href="/console/runs/${run}">…${run.slice(-8)}</a>`);
  expect(messagesOf((await get('/console/logs?type=system')).text)).toEqual(['started']);
  expect(text).toContain('data-after="0"');
});

test('an empty log says what would be there, and a bad question what is wrong with it', async ({ get }) => {
  const empty = await get('/console/logs');
  const bad = await get('/console/logs?type=loud');

  expect(empty.text).toContain('No line yet');
  expect([empty.status, bad.status]).toEqual([200, 400]);
  expect(bad.text).toContain('“type”');
});

test('hostile lines do nothing, in whatever they stand', async ({ db, get }) => {
  const hostile = '</span><script>alert(1)</script> \u001b[2J\u202egnp.exe\nforged';
  await write(db, [{ message: hostile }]);

  const { text } = await get(`/console/logs?text=${encodeURIComponent('"><script>alert(2)</script>')}`);
  const all = (await get('/console/logs')).text;

  expect(all).toContain('&lt;script&gt;alert(1)&lt;/script&gt; ␛[2J\\u202egnp.exe\nforged');
  expect(`${text}${all}`).not.toMatch(/<script>alert/);
});

test('the page runs its two scripts and no other', async ({ get }) => {
  const { text, headers } = await get('/console/logs');

  const scripts = [...text.matchAll(/<script>(.*?)<\/script>/gs)].map(
    ([, script = '']) => `'sha256-${createHash('sha256').update(script).digest('base64')}'`,
  );
  expect(scripts).toHaveLength(2);
  expect(headers.get('content-security-policy')).toContain(`script-src ${scripts.join(' ')};`);
  expect(text).not.toContain(' style="');
});
