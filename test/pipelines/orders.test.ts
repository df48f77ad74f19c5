import { readFileSync } from 'node:fs';
import { settled } from '../lib/ingest/run-task.ts';
import { expect, test } from '../setup/product.ts';
import orders from './orders.ts';

const read = (path: string) => readFileSync(new URL(path, import.meta.url), 'utf8');
const doc = read('../../docs/pipelines.md');

test('the pipeline that the documentation shows works on the tables that it shows', async ({
  product,
  prod,
  report,
  connect,
}) => {
  expect(doc).toContain(read('orders.ts').replaceAll('../../lib', '../lib'));
  const [production, reports] = [await connect(prod), await connect(report)];
  await reports.query(/```sql\n(.*?)```/s.exec(doc)?.[1] ?? '');
  await production.query(`
    create schema shop;
    create table shop.orders (id bigint primary key, number text, day text, amount text, channel text, updated_at timestamptz);
    create table rates (currency text, per_euro numeric);
    insert into rates values ('USD', 1.1), ('CHF', 0.95);
    insert into shop.orders values
      (1, 'A1', '2026-01-30', '10', 'web', '2026-01-30'), (2, 'A2', '2026-01-30', '20', 'web', '2026-01-30'),
      (3, 'A2', '2026-01-31', '21', 'till', '2026-01-31'), (4, 'A3', '2026-01-31', '0', 'till', '2026-01-31')`);
  await settled(production);
  const { start } = await product({ pipelines: [orders] });

  expect(await start('orders')).toMatchObject({
    status: 'SUCCESS',
    meta: { read: 6, written: 4, deduped: 1, rejected: 1, rejected_by: { 'rule.free_of_charge': 1 } },
    tasks: [
      { name: 'rates', read: 2, written: 2 },
      { name: 'orders', read: 4, written: 2 },
      { name: 'revenue', read: 2, written: 2 },
    ],
  });
  const { rows } = await reports.query('select day::text, amount::int, orders from revenue order by day');
  expect(rows).toEqual([
    { day: '2026-01-30', amount: 10, orders: 1 },
    { day: '2026-01-31', amount: 21, orders: 1 },
  ]);
});
