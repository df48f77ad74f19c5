import { expect } from 'vitest';
import { Refusal } from '../../../lib/pipeline/task.ts';
import { arrive, commits, readThings, spec, things, winners } from './feed.ts';
import { type Ranged, test } from './run-task.ts';

const from = { ...spec.from, time: 'received_at' };
const task = things({ from, batchRows: 10 });

/** The whole of a day of January 2026, as a run of its own. */
const dayOf = (day: number): Ranged => ({
  scope: `run:${day}`,
  range: { from: new Date(Date.UTC(2026, 0, day)), until: new Date(Date.UTC(2026, 0, day + 1)) },
});
const on = (day: number, count: number) =>
  Array.from({ length: count }, (_, i) => ({
    thing: `${day}/${i}`,
    at: `2026-01-${day}T${String(i % 24).padStart(2, '0')}:00Z`,
  }));
const WATERMARK = `select commit_id, horizon, last_id from kubescribe.commits where scope = 'test' order by 1 desc limit 1`;

test('a range repairs what was lost and damaged in it, and neither the rest nor the watermark', async ({
  feed,
}) => {
  const { production, reports, run } = feed;
  await arrive(production, ...on(10, 24), ...on(11, 24), ...on(12, 24));
  await run(task);
  const before = (await reports.query(WATERMARK)).rows;
  await reports.query(`delete from things where thing ~ '/[0-4]$'`);
  await reports.query(`update things set value = 999 where thing ~ '/7$'`);

  expect(await run(task, {}, dayOf(11))).toMatchObject({ books: { read: 24, written: 6, unchanged: 18 } });

  const right = (await winners(production)).filter((row) => JSON.stringify(row).includes('11/'));
  const there = await readThings(reports);
  expect(there.filter((row) => JSON.stringify(row).includes('11/'))).toEqual(right);
  expect(there).toHaveLength(3 * 24 - 2 * 5);
  expect((await reports.query(WATERMARK)).rows).toEqual(before);
});

test('what a range wrote the next window finds unchanged', async ({ feed }) => {
  const { production, run } = feed;
  await arrive(production, ...on(10, 24), ...on(11, 24));

  expect(await run(task, {}, dayOf(10))).toMatchObject({ books: { read: 24, written: 24 } });

  expect(await run(task)).toMatchObject({ books: { read: 48, written: 24, unchanged: 24 } });
});

test('a range that was left in the middle goes on after its last batch, and once over stays over', async ({
  feed,
}) => {
  const { production, reports, run } = feed;
  await arrive(production, ...on(10, 8), { thing: 'bad', value: '-1', at: '2026-01-10' }, ...on(10, 15));
  const careful = things({ from, batchRows: 5 });
  await expect(run(careful, { maxRejected: 0 }, dayOf(10))).rejects.toThrow(Refusal);

  const rest = await run(careful, {}, dayOf(10));
  const again = await run(careful, {}, dayOf(10));

  expect(rest).toMatchObject({ books: { read: 24 - 5 } });
  expect(again).toMatchObject({ books: { read: 0 } });
  expect((await commits(reports)).map(({ read, closed }) => [read, closed])).toEqual([
    [5, false],
    [5, false],
    [5, false],
    [5, false],
    [4, true],
  ]);
});

test('a range is not read from a source that stands behind what a window has brought', async ({ feed }) => {
  const { production, reports, run } = feed;
  await arrive(production, ...on(10, 3));
  await run(task);
  await reports.query('update kubescribe.commits set horizon = horizon + 1000');
  await reports.query(`update things set value = 999`);

  await expect(run(task, {}, dayOf(10))).rejects.toThrow(/^the source's horizon \d+ lies behind \d+$/);
  expect((await commits(reports)).map(({ read }) => read)).toEqual([3]);

  await reports.query('update kubescribe.commits set horizon = horizon - 1000');
  await run(task, {}, dayOf(10));
  expect(await readThings(reports)).toEqual(await winners(production));
});

test('times that are text are read; those that cannot be lie in no range', async ({ feed }) => {
  const { production, run } = feed;
  await production.query(`alter table feed add said text`);
  await arrive(production, ...on(10, 3), ...on(11, 3));
  await production.query(`update feed set said = received_at::text where thing <> '10/1'`);
  await production.query(`update feed set said = 'some day' where thing = '10/1'`);

  const bySaying = things({ from: { ...from, time: 'said' } });

  expect(await run(bySaying, {}, dayOf(10))).toMatchObject({ books: { read: 2, written: 2 } });
});

test('a better row that the report has is not overwritten by a range', async ({ feed }) => {
  const { production, reports, run } = feed;
  await arrive(
    production,
    { thing: 'one', value: '1', source: 'b', at: '2026-01-10' },
    { thing: 'one', value: '2', source: 'a', at: '2026-01-20' },
  );
  await run(task);

  expect(await run(task, {}, dayOf(10))).toMatchObject({ books: { read: 1, deduped: 1, written: 0 } });
  expect(await readThings(reports)).toEqual(await winners(production));
});

test.for([
  [undefined, 'Task "things" cannot read a range: name the column'],
  ['arrived', 'there is no "arrived"'],
] as const)('without a column of times (%s) a range is refused', async ([time, why], { feed }) => {
  const unfit = things({ from: { ...spec.from, ...(time && { time }) } });

  await expect(feed.run(unfit, {}, dayOf(10))).rejects.toThrow(why);
});
