import { sql } from 'kysely';
import { expect } from 'vitest';
import { test } from './console-door.ts';
import { insertEnded, minutesAgo } from './console-rows.ts';

const namesIn = (page: string) => [...page.matchAll(/class="name"[^>]*>([^<]*)</g)].map(([, name]) => name);
const linkTo = (page: string, word: string) =>
  new RegExp(`<a href="([^"]*)">${word}</a>`).exec(page)?.[1]?.replaceAll('&amp;', '&') ?? '';

test('finds runs by what the form asks for, and shows it in its fields', async ({ db, get }) => {
  const failed = { status: 'ERROR', error_code: 'E', error_message: 'connection reset' } as const;
  await insertEnded(db, { component: 'a', started_at: minutesAgo(9) });
  await insertEnded(db, { component: 'b', started_at: minutesAgo(5), source: 'ci', ...failed });
  await insertEnded(db, { component: 'a', started_at: minutesAgo(3), tags: ['nightly'] });
  const found = async (query: string) => namesIn((await get(`/console/runs?${query}`)).text);
  const at = (minutes: number) => minutesAgo(minutes).toISOString().slice(0, 16);

  expect(await found('')).toEqual(['a', 'b', 'a']);
  expect(await found('component=b&status=&trigger=&source=&from=&to=&tag=&q=')).toEqual(['b']);
  expect(await found('status=ERROR')).toEqual(['b']);
  expect(await found('source=ci&q=reset')).toEqual(['b']);
  expect(await found('tag=nightly')).toEqual(['a']);
  expect(await found(`from=${at(7)}`)).toEqual(['a', 'b']);
  const end = at(4);
  const { text } = await get(`/console/runs?component=b&status=ERROR&to=${end}`);
  expect(text).toContain('<h2>1 run, newest first</h2>');
  expect(text).toContain('name="component" value="b"');
  expect(text).toContain('<option selected>ERROR</option>');
  expect(text).toContain(`value="${end}"`);
  expect(linkTo(text, 'As JSON')).toMatch(/^\/runs\?component=b&status=ERROR&to=.*Z$/);
});

test('goes to older runs and back', async ({ db, get }) => {
  for (let i = 0; i < 51; i++) await insertEnded(db, { component: `p-${i}`, started_at: minutesAgo(i) });

  const first = (await get('/console/runs?status=SUCCESS')).text;
  const second = (await get(linkTo(first, 'Older'))).text;
  const back = (await get(linkTo(second, 'Newer'))).text;

  expect(namesIn(first)).toHaveLength(50);
  expect(namesIn(second)).toEqual(['p-50']);
  expect(namesIn(back)).toEqual(namesIn(first));
});

test('what cannot be meant is said beside the form', async ({ get }) => {
  const wrong = await get('/console/runs?status=LOST&component=%3Cb%3E');
  const cursor = await get('/console/runs?cursor=x');
  const none = await get('/console/runs?component=nobody');

  expect([wrong.status, cursor.status, none.status]).toEqual([400, 400, 200]);
  expect(wrong.text).toContain('“status”: Invalid option');
  expect(wrong.text).toContain('value="&lt;b&gt;"');
  expect(cursor.text).toContain('is not one that a Link header gave');
  expect(none.text).toContain('No run fits.');
});

test('the audit shows who did what to what, and why', async ({ db, get }) => {
  const run = await insertEnded(db, { component: 'a', started_at: minutesAgo(9) });
  await sql`
    insert into audit (actor, came_from, action, subject, why)
    values ('ada', 'HTTP', 'run.cancel', ${run}, '<wrong> day'), ('bob', 'CLI', 'pipeline.pause', 'a', null)`.execute(
    db,
  );

  const all = await get('/console/audit');
  const some = await get('/console/audit?actor=ada&action=&subject=&from=&to=');
  const nobody = await get('/console/audit?actor=eve');

  expect(all.text).toMatch(/pipeline\.pause[\s\S]*bob[\s\S]*run\.cancel/);
  expect(some.text).toContain(`<a class="name" href="/console/runs/${run}">Run ${run.slice(-8)}</a>`);
  expect(some.text).toContain('&lt;wrong&gt; day');
  expect(some.text).not.toContain('bob');
  expect(nobody.text).toContain('Nobody did.');
});
