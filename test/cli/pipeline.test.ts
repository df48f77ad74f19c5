import { join } from 'node:path';
import { expect } from 'vitest';
import { createReportTables } from '../../local/demo/report-tables.ts';
import { test } from '../setup/fixtures.ts';
import { folder, kubescribe } from './command.ts';

const lib = (path: string) => JSON.stringify(join(import.meta.dirname, '../../lib', path));

/** A pipeline file that has something of everything. */
const file = (tasks: string) => `
  import { ingest } from ${lib('ingest/ingest.ts')};
  import { rollup } from ${lib('ingest/rollup.ts')};
  import { pipeline } from ${lib('pipeline/define.ts')};
  import { task } from ${lib('pipeline/task.ts')};
  import * as z from ${JSON.stringify(import.meta.resolve('zod'))};
  export default pipeline('orders', { params: z.strictObject({}), tasks: [${tasks}] });`;

const ORDERS = `ingest({
  from: { table: 'orders', id: 'id', receivedAt: 'said_at', time: 'day', lookBack: { column: 'day', seconds: 60 } },
  columns: {
    number: { type: 'text', matches: '^[A' },
    amount: { type: 'numeric', references: { table: 'nowhere', column: 'id' } },
    gone: { type: 'text' },
    paid: { type: 'bigint' },
  },
  rules: { odd: 'colour = 1' },
  key: ['number'],
  into: 'orders',
})`;

type Examined = { ok: boolean; findings: { level: string; task: string; what: string; sql?: string }[] };

async function check(named: string, urls: { prod: string; report: string }, pipelines?: string) {
  const { code, stdout, stderr } = await kubescribe(['pipeline', 'check', named, '-o', 'json'], {
    env: {
      PROD_DB_URL: urls.prod,
      REPORT_DB_URL: urls.report,
      ...(pipelines && { KUBESCRIBE_PIPELINES: pipelines }),
    },
  });
  const answer: Examined = stdout ? JSON.parse(stdout) : { ok: false, findings: [] };
  const at = (level: string) => answer.findings.filter((finding) => finding.level === level);
  return { code, stderr, ok: answer.ok, faults: at('fail'), warnings: at('warn') };
}

test('the pipeline of the demo needs nothing that its databases lack', async ({ prod, report }) => {
  await createReportTables(report);

  const { code, faults } = await check('market-bars', { prod, report });

  expect({ code, faults }).toEqual({ code: 0, faults: [] });
});

test('every fault is told at once, with the SQL that mends it', async ({ prod, report, connect }) => {
  const [production, reports] = [await connect(prod), await connect(report)];
  await production.query(`
    create table orders (id bigint, number text, amount text, paid boolean, said_at text, day date);
    insert into orders values (1, 'A', 'x', true, 'now', now())`);
  await reports.query(`
    create table orders (number text, amount boolean, paid bigint, other int not null, ks_rank bigint);
    create table revenue (day date, amount numeric)`);
  const rollup = `rollup({ from: 'orders', into: 'revenue', by: ['number'], values: { amount: 'sum(none)' } })`;
  const pipelines = folder({
    'orders.ts': file(`${ORDERS}, ${rollup}, task('free', { into: 'x', sql: 'delete from x' })`),
  });

  const { code, ok, faults, warnings } = await check('orders', { prod, report }, pipelines);

  expect({ code, ok }).toEqual({ code: 1, ok: false });
  expect(faults.map(({ task, what, sql }) => `${task}: ${what}${sql ? ` | ${sql}` : ''}`)).toEqual([
    'orders: nothing makes orders.id unique: rows with one id would be taken for one | create unique index concurrently on "orders" ("id")',
    'orders: orders.said_at is text: "from.receivedAt" must be an instant',
    'orders: orders has no column "gone"',
    'orders: orders.paid: of the last 1 values 1 cannot be read as bigint',
    'orders: orders lacks where its rows come from: ks_received_at, ks_source_id, ks_commit | alter table "orders" add column ks_received_at timestamp with time zone, add column ks_source_id bigint, add column ks_commit bigint',
    'orders: orders.ks_rank must be integer, and is bigint',
    'orders: nothing makes orders unique by just (number) | create unique index on "orders" ("number")',
    'orders: orders.amount is boolean, which takes no numeric',
    'orders: orders has no column "gone" | alter table "orders" add column "gone" text',
    'orders: orders.other must not be null, and nothing fills it',
    'orders: rule foreign.amount: relation "nowhere" does not exist',
    'orders: rule rule.odd: column "colour" does not exist',
    expect.stringMatching(/^orders: rule regex.number: invalid regular expression/),
    'revenue: its SQL cannot be asked of orders: column "none" does not exist',
    'free: its SQL: relation "x" does not exist',
  ]);
  expect(warnings.map(({ what }) => what)).toEqual([
    'orders.day has no index: each slot of a backfill reads the whole table',
    'orders.day has no index: each window reads the whole table',
    'orders.amount: of the last 1 values 1 cannot be read as numeric',
  ]);
});

test('logins that may not are named', async ({ prod, report, connect }) => {
  await createReportTables(report);
  await (await connect(report)).query('revoke insert, delete on market_bars from kubescribe_report');
  await (await connect(prod)).query('revoke select on market_bars_raw from kubescribe_production');

  const { faults } = await check('market-bars', { prod, report });

  expect(faults.map(({ what }) => what)).toEqual([
    '"kubescribe_app_production" may not read market_bars_raw',
    '"kubescribe_app_report" may not insert, delete in market_bars',
  ]);
});

test('the SQL that is printed makes what is missing', async ({ prod, report, connect }) => {
  const [production, reports] = [await connect(prod), await connect(report)];
  await production.query('create table orders (id serial primary key, number text, day date)');
  const columns = `{ number: { type: 'text' }, day: { type: 'date', required: true } }`;
  const tasks = `
    ingest({ from: { table: 'orders', id: 'id' }, columns: ${columns}, key: ['number'], into: 'sales.orders' }),
    rollup({ from: 'sales.orders', into: 'days', by: ['day'], values: { orders: 'count(*)' } })`;
  const pipelines = folder({ 'orders.ts': file(tasks) });
  const path = join(pipelines, 'orders.ts');
  await reports.query('create schema sales');

  for (let round = 0; round < 2; round++) {
    const { faults } = await check(path, { prod, report });
    for (const { sql } of faults) if (sql) await reports.query(sql);
  }

  expect(await check(path, { prod, report })).toMatchObject({ code: 0, faults: [] });
});

test('what is no pipeline, and databases that nobody named, are told', async ({ prod, report }) => {
  const pipelines = folder({ 'orders.ts': file(ORDERS) });

  expect(await check('bars', { prod, report }, pipelines)).toMatchObject({
    code: 1,
    stderr: expect.stringContaining('has no pipeline "bars"; it has orders.'),
  });
  const { code, stderr } = await kubescribe(['pipeline', 'check', 'orders'], {
    env: { KUBESCRIBE_PIPELINES: pipelines, PROD_DB_URL: prod },
  });
  expect({ code, stderr }).toEqual({ code: 1, stderr: expect.stringContaining('REPORT_DB_URL is not set') });
});
