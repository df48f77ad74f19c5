import { expect } from 'vitest';
import { first, last } from '../../../lib/ingest/by-time.ts';
import { test } from '../../setup/fixtures.ts';

const BARS = `create temp table bars (symbol text, ts timestamptz, price numeric, volume bigint)`;

test('first and last of a group are its numbers at its first and last time, with all their digits', async ({
  empty,
  connect,
}) => {
  const db = await connect(empty);
  await db.query(`${BARS};
    insert into bars values
      ('A', '2026-01-02 10:00:00.000002Z', 3.10, 9007199254740993), ('A', '2026-01-02 10:00:00.000001Z', 2.50, 7),
      ('A', '2026-01-02 10:00:00.000003Z', 0.000000000000000001, 8),
      ('B', '1969-12-31 23:59:59Z', -1, null), ('B', 'infinity', 'NaN', 5)`);

  const { rows } = await db.query(
    `select symbol, ${first('price', 'ts')}::text as first, ${last('price', 'ts')}::text as last,
            ${first('volume', 'ts')}::text as volume from bars group by symbol order by symbol`,
  );

  expect(rows).toEqual([
    { symbol: 'A', first: '2.50', last: '0.000000000000000001', volume: '7' },
    { symbol: 'B', first: '-1', last: 'NaN', volume: null },
  ]);
});

test('of rows at the same time the least is first and the greatest last; rows without a time are neither', async ({
  empty,
  connect,
}) => {
  const db = await connect(empty);
  await db.query(`${BARS};
    insert into bars values ('A', '2026-01-02', 2), ('A', '2026-01-02', 1), ('A', '2026-01-02', 3),
                            ('A', null, 99), ('B', null, 5)`);

  const { rows } = await db.query(
    `select symbol, ${first('price', 'ts')}::text as first, ${last('price', 'ts')}::text as last
       from bars group by symbol order by symbol`,
  );

  expect(rows).toEqual([
    { symbol: 'A', first: '1', last: '3' },
    { symbol: 'B', first: null, last: null },
  ]);
});
