import { longAgo } from '../lib/upkeep/long-ago.ts';
import { expect, test } from '../setup/product.ts';
import { kubescribe } from './command.ts';
import { opened } from './opened.ts';

test('purge says what would go, then deletes it, with every service down', async ({
  runlog,
  report,
  connect,
}) => {
  const client = await connect(runlog);
  await longAgo(client, 'sample', [{ daysAgo: 130 }, { daysAgo: 125 }, { daysAgo: 1 }]);
  const env = { RUNLOG_DB_URL: runlog, REPORT_DB_URL: report };
  const runs = async () => (await client.query('select from run_log')).rowCount;

  const dry = await kubescribe(['purge', '--dry-run'], { env });
  expect(dry).toMatchObject({ code: 0, stderr: expect.stringContaining('Nothing was deleted') });
  expect(dry.stdout).toMatch(/runs +120 days +\d{4}-\d\d-\d\d .* +2 /);
  expect(await runs()).toBe(3);

  const done = await kubescribe(['purge', '--why', 'the disk is full', '-o', 'json'], { env });
  expect(done).toMatchObject({ code: 0, stderr: '' });
  expect(JSON.parse(done.stdout)).toMatchObject({ deleted: { runs: 2 }, left: false });
  expect(await runs()).toBe(1);
  const { rows } = await client.query('select actor, subject, why from audit');
  expect(rows).toEqual([{ actor: 'somebody by the CLI', subject: 'runs', why: 'the disk is full' }]);
});

test('retention is shown and set within its bounds, or by force', async ({ product, runlog, connect }) => {
  const made = await product({ pipelines: [] });
  const at = ['--url', await opened(made)];
  const client = await connect(runlog);

  const set = await kubescribe(['retention', 'set', 'runs', '150', '--why', 'a review', ...at]);
  const refused = await kubescribe(['retention', 'set', 'runs', '30', '--why', 'small disk', ...at]);
  const forced = await kubescribe([
    'retention',
    'set',
    'runs',
    '30',
    '--why',
    'small disk',
    '--force',
    ...at,
  ]);
  const unknown = await kubescribe(['retention', 'set', 'nothing', '30', '--why', 'x', ...at]);
  const listed = await kubescribe(['retention', ...at]);

  expect(set).toMatchObject({ code: 0, stderr: '' });
  expect(refused.stderr).toContain(
    '"runs" is kept for 90 days at least and 180 at most, unless it is forced',
  );
  expect([refused.code, forced.code, unknown.code]).toEqual([1, 0, 1]);
  expect(listed.stdout).toMatch(/^runs +30 days \(forced\) +90 to 180/m);
  const { rows } = await client.query(`select action, why, details from audit order by audit_id`);
  expect(rows).toMatchObject([
    { action: 'retention.set', why: 'a review', details: { from: '120 days', to: '150 days' } },
    { action: 'retention.set', why: 'small disk', details: { forced: true } },
  ]);
});

test('tables are shown with their growth and the days to a limit', async ({ product, runlog, connect }) => {
  const made = await product({ pipelines: [] });
  const at = ['--url', await opened(made)];
  const client = await connect(runlog);
  await client.query(
    `insert into table_sizes (table_name, day, bytes)
     select 'database', (clock() at time zone 'UTC')::date - 2, pg_database_size(current_database()) - 2000000`,
  );

  const limit = await kubescribe(['tables', 'limit', 'database', '1GB', '--why', 'its disk', ...at]);
  const listed = await kubescribe(['tables', '-o', 'json', ...at]);

  expect(limit).toMatchObject({ code: 0, stderr: '' });
  const tables = JSON.parse(listed.stdout);
  expect(tables[0]).toMatchObject({ table: 'database', limit_bytes: 1e9 });
  // Of two days, or of three when a midnight has passed.
  expect(tables[0].bytes_per_day).toBeGreaterThan(600_000);
  expect(tables[0].days_to_limit).toBeGreaterThan(500);
  expect(tables.map(({ table }: { table: string }) => table)).toEqual(
    expect.arrayContaining(['run_log', 'logs']),
  );
});
