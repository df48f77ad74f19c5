import type { Client } from 'pg';
import { expect } from 'vitest';
import { planted, SCALES } from '../../local/demo/planted.ts';
import { createReportTables } from '../../local/demo/report-tables.ts';
import { test } from '../setup/fixtures.ts';
import { kubescribe } from './command.ts';

const feed = planted(SCALES.tests);

const LEFT = `
  select (select count(*) from market_bars)::int as bars, (select count(*) from kubescribe.evidence)::int as evidence,
         (select count(*) from kubescribe.commits)::int as commits, (select count(*) from kubescribe.touched_keys)::int as touched,
         (select count(*) from kubescribe.source_columns)::int as known,
         (select count(*) from pg_class where relname like 'stage\\_%')::int as staged`;
const left = async (reports: Client) => (await reports.query(LEFT)).rows[0];

test('a dry run tells what a run would do, with samples, and leaves nothing', async ({
  prod,
  report,
  connect,
}) => {
  await createReportTables(report);
  const reports = await connect(report);
  const env = { PROD_DB_URL: prod, REPORT_DB_URL: report };

  const all = await kubescribe(['pipeline', 'dry-run', 'market-bars', '--rows', '100000', '-o', 'json'], {
    env,
  });
  const some = await kubescribe(['pipeline', 'dry-run', 'market-bars', '--rows', '50'], { env });

  expect(all).toMatchObject({ code: 0, stderr: '' });
  const [bars] = JSON.parse(all.stdout);
  expect(bars.books).toMatchObject({
    read: feed.rows,
    written: feed.good,
    deduped: feed.deduped,
    rejected: feed.rejected,
  });
  const rules = bars.samples.map(({ rule }: { rule: string }) => rule);
  expect(rules).toContain('range.volume');
  expect(rules).toContain('cast.close');
  expect(some.stdout).toMatch(/^bars: 50 rows read, nothing kept\nVERDICT +ROWS\n/);
  expect(await left(reports)).toEqual({ bars: 0, evidence: 0, commits: 0, touched: 0, known: 0, staged: 0 });
});

test('a run that would be refused ends the dry run with 1', async ({ prod, report, connect }) => {
  await createReportTables(report);
  const [production, reports] = [await connect(prod), await connect(report)];
  await production.query('alter table market_bars_raw drop column low');

  const { code, stdout } = await kubescribe(['pipeline', 'dry-run', 'market-bars'], {
    env: { PROD_DB_URL: prod, REPORT_DB_URL: report },
  });

  expect(code).toBe(1);
  expect(stdout).toContain(
    'The columns of market_bars_raw are not those that the pipeline names: there is no "low".',
  );
  expect(await left(reports)).toMatchObject({ staged: 0, known: 0 });
});
