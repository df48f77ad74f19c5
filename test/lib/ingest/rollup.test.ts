import type { Client } from 'pg';
import { expect } from 'vitest';
import { rollup } from '../../../lib/ingest/rollup.ts';
import { arrive, shelves, things } from './feed.ts';
import { test } from './run-task.ts';

const ask = async (client: Client, sql: string) => (await client.query(sql)).rows;
const shown = (report: Client) =>
  ask(report, 'select shelf, trim_scale(total)::text as total, things from shelves order by shelf');
const recomputed = (report: Client) =>
  ask(
    report,
    `select shelf, trim_scale(sum(value))::text as total, count(*)::int as things
       from things where shelf is not null group by shelf order by shelf`,
  );

test('the summary is what computing it from scratch gives, after any edits, also of the group itself', async ({
  feed,
}) => {
  const { production, reports, run } = feed;
  const task = things();
  await production.query('select setseed(0.31)');
  for (let round = 0; round < 5; round++) {
    await production.query(`
      update feed set value = (random() * 50)::int, shelf = 'shelf ' || (random() * 4)::int where random() < 0.4;
      insert into feed (thing, value, shelf)
      select 'thing ' || (random() * 60)::int, (random() * 50)::int,
             case when random() < 0.9 then 'shelf ' || (random() * 4)::int end
        from generate_series(1, 20)`);
    await run(task);
    const { books } = await run(shelves);

    expect(await shown(reports)).toEqual(await recomputed(reports));
    expect(books.read).toBe(books.written + books.unchanged);
  }
});

test('only touched groups are computed, and only those that differ are written', async ({ feed }) => {
  const { production, reports, run } = feed;
  await arrive(production, { thing: 'one', shelf: 'left' }, { thing: 'two', shelf: 'right' });
  await run(things());
  expect(await run(shelves)).toMatchObject({ books: { read: 2, written: 2, unchanged: 0 } });

  await production.query(`update feed set received_at = received_at + interval '1 s' where thing = 'two'`);
  await run(things());

  expect(await run(shelves)).toMatchObject({ books: { read: 1, written: 0, unchanged: 1 } });
  expect(await run(shelves)).toMatchObject({ books: { read: 0 } });
  expect(await shown(reports)).toEqual(await recomputed(reports));
});

test('a group whose rows are gone leaves the summary; one that never was there balances', async ({
  feed,
}) => {
  const { production, reports, run } = feed;
  await arrive(production, { thing: 'one', shelf: 'left' });
  await run(things());
  await run(shelves);
  await production.query(`update feed set shelf = 'right'`);
  await run(things());
  await reports.query(`insert into kubescribe.touched_keys values ('shelves', '{"shelf": "nowhere"}')`);

  expect(await run(shelves)).toMatchObject({ books: { read: 3, written: 2, unchanged: 1 } });
  expect(await shown(reports)).toEqual([{ shelf: 'right', total: '1', things: 1 }]);
});

test('a group that is touched while the summary is computed is computed again', async ({
  feed,
  report,
  connect,
}) => {
  const { production, reports, run, runNow } = feed;
  const ingesting = await connect(report);
  await arrive(production, { thing: 'one' });
  await run(things());
  await ingesting.query('begin');
  await ingesting.query(`insert into things values ('two', 5, 'left', 1, now(), 99, 99)`);
  await ingesting.query(`insert into kubescribe.touched_keys values ('shelves', '{"shelf": "left"}')`);

  await runNow(shelves);
  expect(await shown(reports)).toEqual([{ shelf: 'left', total: '1', things: 1 }]);
  await ingesting.query('commit');

  await run(shelves);
  expect(await shown(reports)).toEqual([{ shelf: 'left', total: '6', things: 2 }]);
});

test('more groups than one batch computes are all computed', async ({ feed }) => {
  const { production, reports, run } = feed;
  await production.query(
    `insert into feed (thing, value, shelf) select n, '1', n from generate_series(1, 2500) n`,
  );
  await run(things());

  expect(await run(shelves)).toMatchObject({ books: { read: 2500, written: 2500 } });
  expect(await recomputed(reports)).toEqual(await shown(reports));
});

test('a roll-up without groups or values says so', () => {
  expect(() => rollup({ name: 'none', from: 'a', into: 'b', by: {}, values: { n: 'count(*)' } })).toThrow(
    'Task "none": a roll-up needs groups (by) and values.',
  );
});
