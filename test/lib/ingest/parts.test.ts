import { expect, vi } from 'vitest';
import { createThings, readThings, things, winners } from './feed.ts';
import { test } from './run-task.ts';

const rows = vi.hoisted(() => ({ of: 0 }));
vi.mock('../../../lib/ingest/batch-size.ts', async (original) => ({
  ...(await original<typeof import('../../../lib/ingest/batch-size.ts')>()),
  firstSize: () => 100_000,
  partRows: () => rows.of,
}));

/** Wide rows, so that many are more than one piece of a stream; about few things, in numbers as people write them. */
const MANY = `
  insert into feed (thing, value, shelf, source, received_at)
  select 'thing ' || (random() * 300)::int,
         case when random() < 0.02 then 'bad' when random() < 0.02 then '-3' when random() < 0.02 then '1e1'
              else (random() * 100)::numeric(6, 3)::text end,
         repeat('wide ', 150), (array['a', 'b', 'c'])[1 + floor(random() * 3)],
         timestamptz '2026-01-01' + floor(random() * 3) * interval '1 s'
    from generate_series(1, 1000)`;

const staging = `select from pg_class where relnamespace = 'kubescribe'::regnamespace and relname ~ '^stage_'`;

test('a batch in many parts leaves what one in a single part leaves, and no staging tables', async ({
  feed,
}) => {
  const { production, reports, run } = feed;
  await createThings(reports, 'others');
  await production.query('select setseed(0.17)');
  await production.query(MANY);

  rows.of = 100_000;
  const whole = await run(things({ name: 'whole', into: 'others' }));
  rows.of = 150;
  const parted = await run(things());

  const expected = await winners(production);
  expect(await readThings(reports, 'others')).toEqual(expected);
  expect(await readThings(reports)).toEqual(expected);
  expect(parted.books.rejected_by).toEqual(whole.books.rejected_by);
  expect(parted.books.read).toBe(1000);
  // Who is overtaken in a later part was written in an earlier one.
  expect(parted.books.written).toBeGreaterThan(whole.books.written);
  expect((await reports.query(staging)).rowCount).toBe(0);
});
