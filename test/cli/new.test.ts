import { existsSync, mkdirSync, readFileSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'vitest';
import { createReportTables } from '../../local/demo/report-tables.ts';
import { test } from '../setup/fixtures.ts';
import { folder, kubescribe } from './command.ts';

/** A folder for pipelines that finds packages. */
function place() {
  const home = folder();
  mkdirSync(join(home, 'pipelines'));
  symlinkSync(join(import.meta.dirname, '../../node_modules'), join(home, 'node_modules'));
  return { pipelines: join(home, 'pipelines'), test: join(home, 'test/pipelines') };
}

test('a new pipeline is made of the table that it reads, and passes the check', async ({
  prod,
  report,
  connect,
}) => {
  const { pipelines, test: tests } = place();
  const [production, reports] = [await connect(prod), await connect(report)];
  await production.query(`
    create schema shop;
    create table shop.orders (
      id bigserial primary key, number text not null unique, "the amount" numeric, paid boolean, at date, facts jsonb,
      updated_at timestamptz, channel text);
    insert into shop.orders (number, "the amount", at) values ('A1', 1.5, now())`);
  const env = { PROD_DB_URL: prod, REPORT_DB_URL: report, KUBESCRIBE_PIPELINES: pipelines };

  const made = await kubescribe(['new', 'pipeline', 'orders', '--from', 'shop.orders', '-o', 'json'], {
    env,
  });
  await reports.query(JSON.parse(made.stdout).sql);
  const checked = await kubescribe(['pipeline', 'check', 'orders'], { env });
  const tried = await kubescribe(['pipeline', 'dry-run', 'orders', '-o', 'json'], { env });

  expect(checked).toMatchObject({ code: 0, stdout: expect.stringContaining(' 0 fail') });
  expect(JSON.parse(tried.stdout)).toMatchObject([{ books: { read: 1, written: 1 } }]);
  const text = readFileSync(join(pipelines, 'orders.ts'), 'utf8');
  expect(text).toContain(
    `from: { table: 'shop.orders', id: 'id', receivedAt: 'updated_at', source: 'channel', time: 'at' },`,
  );
  expect(text).toContain(`'the amount': { type: 'numeric' },`);
  expect(text).toContain(`key: ['number'],`);
  expect(existsSync(join(tests, 'orders.test.ts'))).toBe(true);
});

test('what the report has decides over what the source could give', async ({ prod, report }) => {
  const { pipelines } = place();
  await createReportTables(report);
  const env = { PROD_DB_URL: prod, REPORT_DB_URL: report, KUBESCRIBE_PIPELINES: pipelines };

  const from = ['--from', 'market_bars_raw', '--into', 'market_bars'];
  expect(await kubescribe(['new', 'pipeline', 'my-bars', ...from], { env })).toMatchObject({ code: 0 });

  const text = readFileSync(join(pipelines, 'my-bars.ts'), 'utf8');
  expect(text).toContain(`key: ['symbol', 'ts'],`);
  expect(text).not.toMatch(/ks_|vendor/);
  expect(await kubescribe(['new', 'pipeline', 'my-bars', ...from], { env })).toMatchObject({
    code: 2,
    stderr: expect.stringContaining('is there already'),
  });
});

test('without databases there is a file to be filled in', async () => {
  const { pipelines } = place();

  const { code, stderr } = await kubescribe(['new', 'pipeline', 'bars'], {
    env: { KUBESCRIBE_PIPELINES: pipelines },
  });

  expect(code).toBe(0);
  expect(stderr).toContain('The columns are to be filled in');
  expect(readFileSync(join(pipelines, 'bars.ts'), 'utf8')).toContain(
    `columns: {\n        id: { type: 'bigint' },`,
  );
});
