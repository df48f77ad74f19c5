import * as z from 'zod';
import { mirror } from '../../../lib/ingest/mirror.ts';
import { pipeline } from '../../../lib/pipeline/define.ts';
import { IN_TIME } from '../../setup/in-time.ts';
import { test as base, expect } from '../../setup/product.ts';
import { until } from '../../setup/until.ts';
import { control } from '../../work/control.ts';
import { runOf } from '../../work/pipeline-of.ts';

const copies = pipeline('copies', {
  params: z.strictObject({}),
  retry: { attempts: 1 },
  tasks: [mirror({ from: 'shop.Customers', into: 'customers' })],
});

/** A product that mirrors one table, with these columns there and here. */
const test = base.extend('mirrored', async ({ prod, report, connect, product }) => {
  const [production, reports] = [await connect(prod), await connect(report)];
  const made = await product({ pipelines: [copies] });
  return async (there: string, here = there) => {
    await production.query(`create schema shop; create table shop."Customers" (${there})`);
    await reports.query(`create table customers (${here})`);
    const rows = async () => (await reports.query('select * from customers order by 1')).rows;
    return { ...made, production, reports, rows, start: () => made.start('copies') };
  };
});

const COLUMNS =
  'id int primary key, "full name" text, at timestamptz, tags text[], paid numeric(12, 2), raw bytea';

test('a table is copied whole, and again whole when it has changed', async ({ mirrored }) => {
  const { production, rows, start } = await mirrored(COLUMNS);
  await production.query(`
    insert into shop."Customers"
    select n, E'na\\tme\\n' || n, '2026-01-01', array['a', null], n / 8.0, '\\x00ff' from generate_series(1, 2000) n`);

  expect(await start()).toMatchObject({ status: 'SUCCESS', meta: { read: 2000, written: 2000 } });
  expect(await rows()).toEqual((await production.query('select * from shop."Customers" order by 1')).rows);

  await production.query(
    `delete from shop."Customers" where id > 10; update shop."Customers" set raw = null`,
  );
  expect(await start()).toMatchObject({ status: 'SUCCESS', meta: { read: 10, written: 10 } });
  expect(await rows()).toEqual((await production.query('select * from shop."Customers" order by 1')).rows);
});

test('types may differ: what goes over is text then; what the mirror has beside stays its own', async ({
  mirrored,
}) => {
  const { production, rows, start } = await mirrored(
    'id int, price text, mood text',
    `mood text, price numeric, id bigint, doubled numeric generated always as (price * 2) stored, note text default 'new'`,
  );
  await production.query(`insert into shop."Customers" values (1, '1.50', 'glad'), (2, null, E'\\\\N')`);

  expect(await start()).toMatchObject({ status: 'SUCCESS', meta: { written: 2 } });

  expect(await rows()).toEqual([
    { mood: '\\N', price: null, id: '2', doubled: null, note: 'new' },
    { mood: 'glad', price: '1.50', id: '1', doubled: '3.00', note: 'new' },
  ]);
});

test('a column that the mirror lacks ends the run with its name, and what was there stays', async ({
  mirrored,
}) => {
  const { reports, start } = await mirrored('id int, email text', 'id int');
  await reports.query('insert into customers values (7)');

  expect(await start()).toMatchObject({
    status: 'ERROR',
    error_code: 'COLUMN_GONE',
    error_message: 'customers lacks columns that shop.Customers has: email.',
  });
  expect((await reports.query('select id from customers')).rows).toEqual([{ id: 7 }]);
});

test('a row that the mirror refuses or swallows ends the run, and what was there stays', async ({
  mirrored,
}) => {
  const { production, reports, rows, start } = await mirrored('id int', 'id int check (id < 100)');
  await production.query(`insert into shop."Customers" select generate_series(1, 100)`);
  await reports.query('insert into customers values (7)');

  expect(await start()).toMatchObject({ status: 'ERROR' });
  expect(await rows()).toEqual([{ id: 7 }]);

  await production.query('delete from shop."Customers" where id = 100');
  await reports.query(`
    create function swallow() returns trigger language plpgsql as 'begin return null; end';
    create trigger swallow before insert on customers for each row when (new.id = 9) execute function swallow()`);
  expect(await start()).toMatchObject({
    status: 'ERROR',
    error_code: 'BOOKS_DO_NOT_BALANCE',
    error_message: expect.stringContaining('read 99 rows and accounts for 98'),
  });
});

test('a cancel is heeded within a second, whatever is on its way', IN_TIME, async ({ mirrored }) => {
  const { production, reports, trigger, run, ask } = await mirrored('id int, pad text');
  // A mirror that takes its time, more than any test has: each of its rows waits.
  await production.query(
    `insert into shop."Customers" select n, repeat('x', 100) from generate_series(1, 5000) n`,
  );
  await reports.query(`
    create function slowly() returns trigger language plpgsql as 'begin perform pg_sleep(1); return new; end';
    create trigger slowly before insert on customers for each row execute function slowly()`);
  const id = await runOf(trigger({ pipeline: 'copies' }));
  const copying = `select from pg_stat_activity
    where datname = current_database() and query ilike 'copy "customers"%' and state = 'active'`;
  await until(async () => (await reports.query(copying)).rowCount === 1);

  const asked = performance.now();
  await control({ ask }, id, 'cancel', { why: 'enough' }, { 'x-forwarded-user': 'ada' });
  await until(async () => (await reports.query(copying)).rowCount === 0);
  const took = performance.now() - asked;

  // The flag is read every second, and the copy ends within one more.
  expect(took).toBeLessThan(2500);

  await until(async () => (await run(id)).status === 'CANCELLED');
  expect((await reports.query('select from customers')).rowCount).toBe(0);
});
