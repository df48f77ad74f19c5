import { expect } from 'vitest';
import { arrive, readThings, shelves, things, winners } from './feed.ts';
import { reconciling } from './reconciling.ts';
import { test } from './run-task.ts';

const many = (count: number, of: object = {}) =>
  Array.from({ length: count }, (_, i) => ({ thing: `thing ${i}`, ...of }));

test('rows that were edited, deleted, spoilt, renamed, or trusted less are repaired, and the next best takes over', async ({
  feed,
}) => {
  const { production, reports, run } = feed;
  await arrive(production, ...many(40, { source: 'b' }), ...many(20), ...many(10, { source: 'c' }));
  await run(things());
  await production.query(`
    delete from feed where id in (45, 46, 61) or thing = 'thing 30';
    update feed set value = '77' where id = 21;
    update feed set value = 'spoilt' where id = 47;
    update feed set thing = 'another' where id = 48;
    update feed set source = 'stranger' where id = 49;
    update feed set received_at = '2025-01-01' where id = 50`);

  const { books } = await run(reconciling());

  expect(await readThings(reports)).toEqual(await winners(production));
  expect(books.read).toBe(books.written + books.unchanged + books.deduped + books.rejected + books.failed);
  expect(await run(reconciling())).toMatchObject({ books: { read: 0 } });
});

test('summaries follow what was repaired and removed', async ({ feed }) => {
  const { production, reports, run } = feed;
  await arrive(production, ...many(5, { shelf: 'left' }), { thing: 'only', shelf: 'right' });
  await run(things());
  await run(shelves);
  await production.query(`delete from feed where thing in ('thing 1', 'only')`);

  await run(reconciling());
  await run(shelves);

  expect((await reports.query('select shelf, things from shelves')).rows).toEqual([
    { shelf: 'left', things: 4 },
  ]);
});

test('only ranges that differ are read again', async ({ feed }) => {
  const { production, reports, run } = feed;
  await production.query(
    `insert into feed (thing, value, shelf) select g, '1', 'left' from generate_series(1, 5000) g`,
  );
  await run(things());
  expect(await run(reconciling())).toMatchObject({ books: { read: 5000, unchanged: 5000 } });

  await production.query(`update feed set value = '2' where id = 2500`);
  await reports.query(
    `update things set value = 9 where thing = '4200'; delete from things where thing = '4201'`,
  );

  const { books } = await run(reconciling());
  expect(books).toMatchObject({ read: 2000, written: 3, unchanged: 1997 });
  expect(await readThings(reports)).toEqual(await winners(production));
});

test('a source that lost more than may go takes nothing from the report, and the refusal says so', async ({
  feed,
}) => {
  const { production, reports, run } = feed;
  await arrive(production, ...many(100));
  await run(things());
  await production.query(`delete from feed where id > 60`);

  await expect(run(reconciling({ most: 0.2 }))).rejects.toThrow(
    '40 of 100 rows of things have no good row in feed any more, which has 60 in all; at most 20.00 % may leave.',
  );
  expect(await readThings(reports)).toHaveLength(100);

  await run(reconciling({ most: 0.4 }));
  expect(await readThings(reports)).toEqual(await winners(production));
});

test('a source that is empty, or spoilt throughout, empties no report', async ({ feed }) => {
  const { production, reports, run } = feed;
  await arrive(production, ...many(8));
  await run(things());
  await production.query('begin; truncate feed');

  await production.query('commit');
  await expect(run(reconciling())).rejects.toThrow('8 of 8 rows of things have no good row in feed');
  await arrive(production, ...many(100, { value: '3' }).map((row, i) => ({ ...row, id: i + 1 })));
  await run(reconciling({ most: 1 }));
  await production.query(`update feed set value = 'spoilt'`);

  await expect(run(reconciling())).rejects.toThrow('100 of 100 rows of things');
  expect(await readThings(reports)).toHaveLength(100);
});

test('rows that production forgets stay where they are to be kept; edits are repaired all the same', async ({
  feed,
}) => {
  const { production, reports, run } = feed;
  await arrive(production, ...many(10));
  await run(things());
  await production.query(`delete from feed where id < 5; update feed set value = '5' where id = 7`);

  await run(reconciling({ keepDeleted: true }));

  const { rows } = await reports.query('select count(*)::int as count, sum(value)::int as sum from things');
  expect(rows).toEqual([{ count: 10, sum: 14 }]);
});

test('a source that stands behind what was brought is not compared', async ({ feed }) => {
  const { production, reports, run } = feed;
  await arrive(production, ...many(10));
  await run(things());
  await reports.query('update kubescribe.commits set horizon = horizon + 1000');
  await production.query('delete from feed');

  expect(await run(reconciling())).toMatchObject({ warnings: [expect.stringContaining('standby')] });
  expect(await readThings(reports)).toHaveLength(10);
});

test('another declaration makes all be judged again', async ({ feed }) => {
  const { production, reports, run } = feed;
  await arrive(
    production,
    { thing: 'one', value: '1', source: 'a' },
    { thing: 'one', value: '2', source: 'b' },
  );
  await run(things());
  await run(reconciling());

  await run(reconciling({ sources: ['b', 'a'] }));

  expect(await readThings(reports)).toMatchObject([{ thing: 'one', value: '2', rank: 1 }]);
});

test('whatever is edited between two windows, the report is what loading it afresh would give', async ({
  feed,
}) => {
  const { production, reports, run } = feed;
  await production.query('select setseed(0.7)');
  for (let round = 0; round < 5; round++) {
    await production.query(`
      insert into feed (thing, value, source, received_at)
      select 'thing ' || (random() * 30)::int, (random() * 100)::int, (array['a', 'b', 'c'])[1 + floor(random() * 3)],
             timestamptz '2026-01-01' + floor(random() * 5) * interval '1 s'
        from generate_series(1, 25)`);
    if (round % 2 === 0) await run(things());
    await production.query(`
      delete from feed where random() < 0.1;
      update feed set thing = 'thing ' || (random() * 30)::int where random() < 0.1;
      update feed set value = (array['bad', '-1', '5', '6.0'])[1 + floor(random() * 4)] where random() < 0.1;
      update feed set source = (array['a', 'b', 'c'])[1 + floor(random() * 3)] where random() < 0.1`);

    await run(reconciling({ most: 0.9 }));

    expect(await readThings(reports), `round ${round}`).toEqual(await winners(production));
  }
});
