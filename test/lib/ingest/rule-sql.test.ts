import { expect } from 'vitest';
import type { Column, IngestOptions } from '../../../lib/ingest/spec.ts';
import { arrive, things } from './feed.ts';
import { test } from './run-task.ts';

const number = (rule: Partial<Column>) =>
  ({
    columns: { thing: { type: 'text' }, value: { type: 'numeric', ...rule }, shelf: { type: 'text' } },
    rules: {},
  }) satisfies Partial<IngestOptions>;

const text = (rule: Partial<Column>) =>
  ({
    columns: { thing: { type: 'text' }, value: { type: 'text', ...rule }, shelf: { type: 'text' } },
    rules: {},
  }) satisfies Partial<IngestOptions>;

const NUMBERS = ['-1', '0', '0.5', '10', '10.01', 'NaN', 'Infinity', '-0.0'];
const TEXTS = ['', 'a', `it's`, 'AB-12', 'ab-12', '\\', 'a\nb'];

const cases: [string, Partial<IngestOptions>, string[], string[], string][] = [
  ['a least value', number({ min: 0 }), NUMBERS, ['-1'], 'range.value'],
  ['bounds', number({ min: '0', max: 10 }), NUMBERS, ['-1', '10.01', 'NaN', 'Infinity'], 'range.value'],
  ['whole numbers', number({ whole: true }), NUMBERS, ['0.5', '10.01'], 'fractional.value'],
  [
    'a list of numbers',
    number({ in: [0, 10] }),
    NUMBERS,
    ['-1', '0.5', '10.01', 'NaN', 'Infinity'],
    'oneof.value',
  ],
  [
    'a pattern',
    text({ matches: '^[A-Z]{2}-\\d+$' }),
    TEXTS,
    TEXTS.filter((one) => one !== 'AB-12'),
    'regex.value',
  ],
  [
    'a list of texts',
    text({ in: [`it's`, '\\'] }),
    TEXTS,
    ['', 'a', 'AB-12', 'ab-12', 'a\nb'],
    'oneof.value',
  ],
];

for (const [name, change, values, bad, rule] of cases) {
  test(`${name} rejects what lies outside, and lets what is missing pass`, async ({ feed }) => {
    const { production, reports, run } = feed;
    if (change.columns?.value?.type === 'text')
      await reports.query('alter table things alter value type text');
    for (const value of values) await arrive(production, { thing: value, value });
    await production.query(`insert into feed (thing) values ('missing')`);

    const task = things(change);

    expect(await run(task)).toMatchObject({
      books: { read: values.length + 1, rejected_by: { [rule]: bad.length } },
    });
    const { rows } = await reports.query('select thing from things');
    expect(rows.map(({ thing }) => thing).sort()).toEqual(
      [...values.filter((one) => !bad.includes(one)), 'missing'].sort(),
    );
  });
}

test('what must be there is rejected when it is missing; the first rule that is broken counts', async ({
  feed,
}) => {
  const { production, run } = feed;
  await production.query(`insert into feed (thing) values ('one'), (null)`);

  const done = await run(things(number({ required: true, min: 0 })));

  expect(done).toMatchObject({ books: { rejected_by: { 'null.value': 1, 'null.thing': 1 } } });
});

test('a reference to a table of the report database, whatever its columns are called', async ({ feed }) => {
  const { production, reports, run } = feed;
  await reports.query(`
    create schema shop;
    create table shop.shelves (id text, value text, shelf text);
    insert into shop.shelves values ('left', '1', 'nowhere'), (null, '1', '1')`);
  await arrive(
    production,
    { thing: 'one', shelf: 'left' },
    { thing: 'two', shelf: 'right' },
    { thing: 'three' },
  );
  await production.query(`insert into feed (thing, value) values ('none', '1')`);
  const references = { table: 'shop.shelves', column: 'id' };
  const { columns } = number({});

  const done = await run(things({ columns: { ...columns, shelf: { type: 'text', references } }, rules: {} }));

  expect(done).toMatchObject({ books: { written: 3, rejected_by: { 'foreign.shelf': 1 } } });
});

test('columns may have another name in the source; who said a row, and when, may be unknown', async ({
  feed,
}) => {
  const { production, reports, run } = feed;
  await arrive(production, { thing: 'one', value: '7' }, { thing: 'one', value: '8' });

  await reports.query(`alter table things alter value type text, alter shelf type numeric using null`);

  const done = await run(
    things({
      from: { table: 'feed', id: 'id' },
      sources: [],
      columns: {
        thing: { type: 'text' },
        value: { type: 'text', from: 'shelf' },
        shelf: { type: 'numeric', from: 'value' },
      },
      rules: {},
    }),
  );

  expect(done).toMatchObject({ books: { written: 1, deduped: 1 } });
  const { rows } = await reports.query('select value, shelf::int from things');
  expect(rows).toEqual([{ value: 'left', shelf: 8 }]);
});
