import { readFileSync } from 'node:fs';
import customers from '../../examples/customers.ts';
import { expect, test } from '../setup/product.ts';

const TABLES = readFileSync(new URL('../../examples/customers.sql', import.meta.url), 'utf8');

test('customers are as in production after each run, whatever became of them', async ({
  product,
  prod,
  report,
  connect,
}) => {
  const [production, reports] = [await connect(prod), await connect(report)];
  await reports.query(TABLES);
  await production.query(`
    create schema shop;
    create table shop.customers (id bigint primary key, email text, country text, last_seen timestamptz);
    insert into shop.customers values
      (1, 'ann@example.com', 'DE', '2026-01-31'), (2, 'bob@example.com', 'DE', '2026-01-01'), (3, 'ann@example.com', 'FR', '2020-01-01')`);
  const { start, run } = await product({ pipelines: [customers] });
  const active = async () => (await reports.query('select * from active_customers order by 1')).rows;

  const first = await start('customers');
  expect(first).toMatchObject({ status: 'SUCCESS', meta: { read: 3, written: 3 } });
  expect(await active()).toEqual([{ country: 'DE', customers: '2' }]);
  const finding = { rule: 'check.one address, one customer', found: 1 };
  expect((await run(first.run_id)).tasks).toContainEqual(
    expect.objectContaining({ meta: { check: expect.objectContaining(finding) } }),
  );

  await production.query(
    `delete from shop.customers where id = 2; update shop.customers set last_seen = now() where id = 3`,
  );
  await start('customers', { active_days: 10 });

  expect((await reports.query('select id::int from customers order by 1')).rows).toEqual([
    { id: 1 },
    { id: 3 },
  ]);
  expect(await active()).toEqual([{ country: 'FR', customers: '1' }]);
});
