import { expect } from 'vitest';
import { test } from './console-door.ts';
import { clock, declarePipeline, minutesAgo } from './console-rows.ts';

const since = minutesAgo(20);

test('a pause shows on the overview with who and why, in place of the next slot', async ({ db, get }) => {
  await declarePipeline(db, 'market-bars', '*/5 * * * *');
  await declarePipeline(db, 'other', '*/5 * * * *');
  await db
    .insertInto('pauses')
    .values({ pipeline: 'market-bars', paused_at: since, paused_by: 'ada', why: 'a <b>move</b>' })
    .execute();

  const { text } = await get('/');

  expect(text).toMatch(new RegExp(`Paused since (\\d[^:]* )?${clock(since)} UTC by ada`));
  expect(text).toContain('by ada: a &lt;b&gt;move&lt;/b&gt;');
  expect(text.match(/Next <time/g)).toHaveLength(1);
});

test('a pause that is over shows no more', async ({ db, get }) => {
  await declarePipeline(db, 'market-bars', '*/5 * * * *');
  const over = { paused_at: since, paused_by: 'ada', why: 'a move', resumed_at: minutesAgo(3) };
  await db
    .insertInto('pauses')
    .values({ pipeline: 'market-bars', ...over })
    .execute();

  expect((await get('/')).text).not.toContain('Paused');
});

test('a schedule that somebody set shows with who and why', async ({ db, get }) => {
  await declarePipeline(db, 'market-bars');
  await db
    .insertInto('schedules')
    .values({
      pipeline: 'market-bars',
      cron: '0 3 * * *',
      timezone: 'UTC',
      origin: 'override',
      valid_from: since,
      written_by: 'eve',
      why: 'a trial',
    })
    .execute();

  const { text } = await get('/');

  expect(text).toContain('Its schedule is not that of its file, but set since');
  expect(text).toContain('by eve: a trial');
});
