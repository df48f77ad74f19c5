import { expect } from 'vitest';
import { planted, SCALES } from '../../../local/demo/planted.ts';
import { test, testOn16 } from '../../setup/fixtures.ts';

const expected = planted(SCALES.tests);
const DECIMALS = ['open', 'high', 'low', 'close'];
const VALUES = 'open, high, low, close, volume';

// Judged by PostgreSQL itself, knowing nothing of how the faults were planted.
const JUDGED = `
  create temp table judged as select *,
    case when not pg_input_is_valid(ts, 'timestamptz') then 'ts'
      ${DECIMALS.map((name) => `when not pg_input_is_valid(${name}, 'numeric') then '${name}'`).join(' ')}
      when not pg_input_is_valid(volume, 'numeric') then 'volume' end as bad_cast from market_bars_raw;
  create temp table ruled as select *, case
      when symbol is null then 'null.symbol'
      when least(open::numeric, low::numeric, close::numeric) <= 0 then 'range.low'
      when high::numeric < low::numeric then 'rule.high_below_low'
      when volume::numeric < 0 then 'range.volume'
      when not pg_input_is_valid(volume, 'bigint') then 'fractional.volume'
      when high::numeric < greatest(open::numeric, close::numeric) then 'not planted'
      when low::numeric > least(open::numeric, close::numeric) then 'not planted' end as violation
    from judged where bad_cast is null;
  analyze judged; analyze ruled`;

for (const on of [test, testOn16]) {
  on('the history holds exactly the faults that are planted', async ({ prod, connect }) => {
    const client = await connect(prod);
    await client.query(JUDGED);
    const one = async (sql: string) => Number((await client.query(sql)).rows[0]?.count);
    const by = async (sql: string) =>
      Object.fromEntries((await client.query(sql)).rows.map((row) => [row.name, Number(row.count)]));
    const pairs = `select a.id from ruled a join market_bars_raw b using (symbol, ts)
      where a.violation is null and a.source = 'primary' and b.id > a.id`;
    const [same, other] = ['=', '<>'].map((is) => `(${prefixed('a')}) ${is} (${prefixed('b')})`);
    const further = (source: string, values = '') =>
      one(`select count(*) from (${pairs} and b.source = '${source}' and ${values}) pair`);

    expect(await one('select count(*) from market_bars_raw')).toBe(expected.rows);
    expect(
      await by('select bad_cast as name, count(*) from judged where bad_cast is not null group by 1'),
    ).toEqual(expected.badCasts);
    expect(
      await by('select violation as name, count(*) from ruled where violation is not null group by 1'),
    ).toEqual(expected.ruleViolations);
    expect(await one('select count(distinct (symbol, ts)) from ruled where violation is null')).toBe(
      expected.good,
    );
    expect(await further('primary', same)).toBe(expected.exactDuplicates);
    expect(await further('primary', other)).toBe(expected.conflictingDuplicates);
    expect(await further('vendor_b', other)).toBe(expected.disagreeingSources);
    expect(await further('vendor_c', same)).toBe(expected.agreeingSources);
  });
}

test('new rows get ids after the history', async ({ prod, connect }) => {
  const client = await connect(prod);
  const before = await client.query('select max(id) from market_bars_raw');
  const after = await client.query(
    `insert into market_bars_raw (source, received_at) values ('primary', now()) returning id`,
  );

  expect(Number(after.rows[0].id)).toBeGreaterThan(Number(before.rows[0].max));
});

test('the numbers add up at every scale', () => {
  for (const scale of Object.values(SCALES)) {
    const { rows, good, rejected, deduped } = planted(scale);

    expect(good + rejected + deduped).toBe(rows);
  }
  expect(planted(SCALES.demo).rows).toBeGreaterThan(1_000_000);
});

function prefixed(alias: string): string {
  return VALUES.split(', ')
    .map((column) => `${alias}.${column}`)
    .join(', ');
}
