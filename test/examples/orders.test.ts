import { readFileSync } from 'node:fs';
import orders from '../../examples/orders.ts';
import { expect, test } from '../setup/product.ts';
import { settled } from '../setup/settled.ts';

const read = (path: string) => readFileSync(new URL(path, import.meta.url), 'utf8');

const SHOP = `
  create schema shop;
  create table shop.orders (
    id bigserial primary key, number text, ordered_at timestamptz, country text, amount text, email text,
    deleted_at timestamptz, updated_at timestamptz default now());
  insert into shop.orders (number, ordered_at, country, amount, email, deleted_at) values
    ('A1', '2026-01-30 22:59Z', 'DE', '10', 'ann@example.com', null),
    ('A2', '2026-01-30 23:01Z', 'DE', '20.50', 'bob@example.com', null),
    ('A3', '2026-01-31 12:00Z', 'FR', '7', 'eve@example.com', null),
    ('A4', '2026-01-31 12:00Z', 'XX', '7', 'eve@example.com', null),
    ('a5', '2026-01-31 12:00Z', 'FR', '7', 'eve@example.com', null),
    ('A6', '2026-01-31 12:00Z', 'FR', 'free', 'eve@example.com', null),
    ('A7', '2026-01-31 12:00Z', 'FR', '7', 'eve@example.com', '2026-01-01')`;

const DAYS = `select day::text, country, amount::text, orders from revenue order by 1, 2`;

test('the documentation shows the example as it is', () => {
  const doc = read('../../docs/pipelines.md');

  expect(doc).toContain(read('../../examples/orders.ts'));
  expect(doc).toContain(read('../../examples/orders.sql'));
});

test('orders are summed by day; late edits and deletes change the days that they touch', async ({
  product,
  prod,
  report,
  runlog,
  connect,
}) => {
  const [production, reports] = [await connect(prod), await connect(report)];
  await reports.query(`${read('../../examples/orders.sql')}; insert into countries values ('DE'), ('FR')`);
  await production.query(SHOP);
  const { start } = await product({ pipelines: [orders] });
  await settled(production);

  expect(await start('orders')).toMatchObject({
    status: 'SUCCESS',
    meta: {
      read: 7,
      written: 4,
      rejected: 3,
      rejected_by: { 'foreign.country': 1, 'regex.number': 1, 'cast.amount': 1 },
    },
  });
  expect((await reports.query(DAYS)).rows).toEqual([
    { day: '2026-01-30', country: 'DE', amount: '10', orders: 1 },
    { day: '2026-01-31', country: 'DE', amount: '20.50', orders: 1 },
    { day: '2026-01-31', country: 'FR', amount: '7', orders: 1 },
  ]);

  await production.query(`
    update shop.orders set amount = '15', updated_at = now() where number = 'A1';
    update shop.orders set deleted_at = now(), updated_at = now() where number = 'A3';
    update shop.orders set ordered_at = '2026-01-30', updated_at = now() where number = 'A2'`);
  await settled(production);

  expect(await start('orders')).toMatchObject({ status: 'SUCCESS', meta: { read: 3, written: 3 } });
  expect((await reports.query(DAYS)).rows).toEqual([
    { day: '2026-01-30', country: 'DE', amount: '35.50', orders: 2 },
  ]);
  await production.query(`delete from shop.orders where number = 'A1'`);
  await settled(production);

  expect(await start('orders-reconcile', { most: 0.5 })).toMatchObject({ status: 'SUCCESS' });
  expect((await reports.query(DAYS)).rows).toEqual([
    { day: '2026-01-30', country: 'DE', amount: '20.50', orders: 1 },
  ]);
  const { rows } = await (await connect(runlog)).query(
    `select rule, policy, symbol, sample ->> 'email' as email from operation_logs.data_quality_errors
      where rule is not null order by rule`,
  );
  expect(rows).toMatchObject([
    { rule: 'foreign.country', policy: 'reject', symbol: 'A4', email: expect.stringMatching(/^sha256:/) },
    { rule: 'regex.number', policy: 'quarantine', symbol: 'a5' },
    { rule: 'rule.deleted_before_ordered', policy: 'warn', symbol: 'A7' },
  ]);
});
