import { expect } from 'vitest';
import { arrive, commits, readThings, things, winners } from './feed.ts';
import { test } from './run-task.ts';

const task = things({ batchRows: 10 });
const many = (count: number, of: object = {}) =>
  Array.from({ length: count }, (_, i) => ({ thing: `thing ${i}`, ...of }));

test('a second run reads only what is new, and writes nothing when nothing is', async ({ feed }) => {
  const { production, reports, run } = feed;
  await arrive(production, ...many(25));

  expect(await run(task)).toMatchObject({ books: { read: 25, written: 25 } });
  const [before] = (await reports.query('select max(xmin::text) from things')).rows;
  expect(await run(task)).toMatchObject({ books: { read: 0, written: 0 } });
  await arrive(production, { thing: 'new' });

  expect((await reports.query('select max(xmin::text) from things')).rows).toEqual([before]);
  expect(await run(task)).toMatchObject({ books: { read: 1, written: 1 } });
});

test('a row that is edited later arrives with the next window', async ({ feed }) => {
  const { production, reports, run } = feed;
  await arrive(production, ...many(25));
  await run(task);

  await production.query(`update feed set value = '7' where thing = 'thing 3'`);

  expect(await run(task)).toMatchObject({ books: { read: 1, written: 1 } });
  expect(await readThings(reports)).toEqual(await winners(production));
});

test('a window that a failed run left open is finished by the next, and then its own', async ({ feed }) => {
  const { production, reports, run } = feed;
  await run(task);
  await arrive(production, ...many(10), { thing: 'bad', value: '-1' }, ...many(24, { shelf: 'right' }));
  await expect(run(task, { maxRejected: 0 })).rejects.toThrow('1 of 10 rows');
  await arrive(production, { thing: 'later' });

  expect(await run(task)).toMatchObject({ books: { read: 26, rejected: 1 } });

  expect(await readThings(reports)).toEqual(await winners(production));
  const [, ...done] = await commits(reports);
  expect(done.map(({ batch, closed, read }) => [batch, closed, read])).toEqual([
    [1, false, 10],
    [1, false, 10],
    [2, false, 10],
    [3, true, 5],
    [4, true, 1],
  ]);
  expect(done[4]!.previous_horizon).toBe(done[3]!.horizon);
});

test('a batch that is refused for its rejected rows writes nothing', async ({ feed }) => {
  const { production, reports, run } = feed;
  await arrive(production, { thing: 'good' }, { thing: 'bad', value: '-1' });

  await expect(run(task, { maxRejected: 0 })).rejects.toThrow(
    '1 of 2 rows of feed were rejected (50.00 %); at most 0.00 % may be. Nothing of this batch was written.',
  );

  expect(await readThings(reports)).toEqual([]);
  expect(await commits(reports)).toEqual([]);
});

test('one bad row among a few is no flood', async ({ feed }) => {
  const { production, run } = feed;
  await arrive(production, { thing: 'good' }, { thing: 'bad', value: '-1' });

  expect(await run(task, { maxRejected: 0.01 })).toMatchObject({ books: { written: 1, rejected: 1 } });
});

for (const left of ['closed', 'open']) {
  test(`a source that stands behind a window left ${left} is not read, and later is`, async ({ feed }) => {
    const { production, reports, run } = feed;
    await arrive(production, ...many(15));
    await run(task);
    await reports.query(`update kubescribe.commits set horizon = horizon + 1000`);
    if (left === 'open') await reports.query(`delete from kubescribe.commits where closed`);
    await arrive(production, { thing: 'new' });
    const before = await commits(reports);

    expect(await run(task)).toMatchObject({ warnings: [expect.stringContaining('standby')] });
    expect(await commits(reports)).toEqual(before);

    await reports.query(`update kubescribe.commits set horizon = horizon - 1000`);
    await run(task);
    expect(await readThings(reports)).toEqual(await winners(production));
  });
}

test('another table in the place of the source is read from the beginning, and doubles nothing', async ({
  feed,
}) => {
  const { production, reports, run } = feed;
  await arrive(production, ...many(15));
  await production.query(`
    create table swapped (like feed including all);
    insert into swapped select * from feed;
    insert into swapped (id, thing) values (99, 'more')`);
  await run(task);

  await production.query('drop table feed; alter table swapped rename to feed');

  expect(await run(task)).toMatchObject({ books: { read: 16, written: 1, unchanged: 15 } });
  expect(await readThings(reports)).toHaveLength(16);
});

test('ids below zero and beyond the safe integers of JavaScript are read once', async ({ feed }) => {
  const { production, reports, run } = feed;
  await production.query(`
    insert into feed (id, thing)
    select id, id from generate_series(-5, 5) id union all
    select id, id from generate_series(9223372036854775780, 9223372036854775799) id`);

  expect(await run(task)).toMatchObject({ books: { read: 31, written: 31 } });
  expect(await readThings(reports)).toEqual(await winners(production));
});
