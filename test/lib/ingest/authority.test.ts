import { expect } from 'vitest';
import { arrive, createThings, readThings, things, winners } from './feed.ts';
import { test } from './run-task.ts';

/** Rows about few things, of all sources and at few instants, some bad. */
const MANY = `
  insert into feed (thing, value, source, received_at)
  select 'thing ' || (random() * 6)::int,
         case when random() < 0.1 then 'bad' when random() < 0.1 then '-3' else (random() * 100)::numeric(6, 3)::text end,
         (array['a', 'b', 'c'])[1 + floor(random() * 3)],
         timestamptz '2026-01-01' + floor(random() * 3) * interval '1 s'
    from generate_series(1, 16)`;

const told = [
  {
    name: 'the more trusted source, though it spoke earlier',
    first: { source: 'a', at: '2026-01-01' },
    second: { source: 'b', at: '2026-01-02' },
    wins: 1,
  },
  {
    name: 'the later word of one source',
    first: { at: '2026-01-02' },
    second: { at: '2026-01-01' },
    wins: 1,
  },
  { name: 'the later row of one instant', first: {}, second: {}, wins: 2 },
  {
    name: 'any named source over a stranger',
    first: { source: 'stranger' },
    second: { source: 'b' },
    wins: 2,
  },
];

test('of two rows about one thing the same wins whether they come together or one after the other, in any order', async ({
  feed,
}) => {
  const { production, reports, run } = feed;
  const task = things();
  const first = told.map(({ name, first }, i) => ({ id: 2 * i + 1, thing: name, value: '1', ...first }));
  const second = told.map(({ name, second }, i) => ({ id: 2 * i + 2, thing: name, value: '2', ...second }));
  const expected = Object.fromEntries(told.map(({ name, wins }) => [name, wins]));

  for (const order of [[[...first, ...second]], [first, second], [second, first]]) {
    await reports.query('truncate things');
    await production.query('truncate feed');
    for (const rows of order) {
      await arrive(production, ...rows);
      await run(task);
    }

    const { rows } = await reports.query('select thing, value::int from things');
    expect(Object.fromEntries(rows.map(({ thing, value }) => [thing, value]))).toEqual(expected);
  }
});

test('any batch size gives the same rows, origins and rejections, in the first window and after late edits', async ({
  feed,
}) => {
  const { production, reports, run } = feed;
  const sizes = [1, 7, 1000];
  const tasks = sizes.map((batchRows) =>
    things({ name: `by ${batchRows}`, into: `things_${batchRows}`, batchRows }),
  );
  for (const size of sizes) await createThings(reports, `things_${size}`);
  await production.query('select setseed(0.26)');
  await production.query(MANY);

  for (const change of [
    'select',
    `update feed set value = value || '5', received_at = received_at + interval '1 s' where id % 5 = 0; ${MANY}`,
  ]) {
    await production.query(change);
    const rejected = [];
    for (const task of tasks) rejected.push((await run(task)).books.rejected_by);

    const expected = await winners(production);
    expect(expected.length).toBeGreaterThan(3);
    for (const size of sizes)
      expect(await readThings(reports, `things_${size}`), `by ${size}`).toEqual(expected);
    expect(new Set(rejected.map((by) => JSON.stringify(Object.entries(by).sort()))).size).toBe(1);
  }
});
