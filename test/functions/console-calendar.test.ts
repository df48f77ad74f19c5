import { sql } from 'kysely';
import { expect } from 'vitest';
import type { Db } from '../../lib/db/connect.ts';
import { test } from './console-door.ts';

/** A schedule every five minutes since three hours ago, with a request for each slot but the last of the past. */
async function past(db: Db, why = 'no tick came'): Promise<void> {
  await db.insertInto('pipelines').values({ name: 'market-bars' }).execute();
  await sql`
    insert into schedules (pipeline, cron, timezone, valid_from, planned_until, written_by)
    values ('market-bars', '*/5 * * * *', 'Europe/Berlin', clock() - interval '3 hours', clock() - interval '9 minutes', 'test')
  `.execute(db);
  await sql`
    insert into run_requests (run_id, pipeline, kind, slot, state, why, trigger, source)
    select gen_random_uuid(), 'market-bars', 'slot', slot, case when nth = 9 then 'missed' else 'ran' end,
           case when nth = 9 then ${why} else 'SUCCESS' end, 'cron', 'ci'
      from (select date_bin('5 min', clock() - interval '10 minutes', '2000-01-01') - nth * interval '5 min' as slot, nth
              from generate_series(0, 30) nth) slots`.execute(db);
}

test('a pipeline has a page of its slots: counts, a strip, and why in words', async ({ db, get }) => {
  await past(db);

  const { status, text } = await get('/console/pipelines/market-bars');

  expect(status).toBe(200);
  expect(text).toContain('<h1>market-bars</h1>');
  expect(text).toMatch(/Slots \(Europe\/Berlin\)/);
  expect(text).toMatch(/30 ran<.*1 missed</s);
  expect(text).toMatch(/<title>Missed · 2\d{3}-\d\d-\d\d \d\d:\d\d · no tick came<\/title>/);
  expect(text).toMatch(/Missed<\/span>.*<span class="cause">no tick came<\/span>/s);
  expect(text).toMatch(/Not planned<\/span>.*no tick has come since/s);
  expect(text).toMatch(/9 slots</);
  expect(text.match(/Expected<\/span>/g)?.length).toBeGreaterThanOrEqual(3);
});

test('the overview leads to it', async ({ db, get }) => {
  await past(db);

  expect((await get('/')).text).toContain('href="/console/pipelines/market-bars"');
});

test('foreign words in it act on nothing', async ({ db, get }) => {
  await past(db, '<script>alert(1)</script>"');

  const { text } = await get('/console/pipelines/market-bars');

  expect(text).not.toContain('<script>alert');
  expect(text).toContain('&lt;script&gt;alert(1)');
});

test.for(['nobody', '%3Cb%3E', '%00'])('there is no page of %s', async (name, { get }) => {
  expect((await get(`/console/pipelines/${name}`)).status).toBe(404);
});

test('a pipeline without a schedule says so', async ({ db, get }) => {
  await db.insertInto('pipelines').values({ name: 'market-bars' }).execute();

  const { status, text } = await get('/console/pipelines/market-bars');

  expect(status).toBe(200);
  expect(text).toContain('No schedule: it runs when it is asked to');
});
