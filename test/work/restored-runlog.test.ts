import { arrive } from '../../local/demo/arrivals.ts';
import { createReportTables } from '../../local/demo/report-tables.ts';
import marketBars from '../../pipelines/market-bars.ts';
import { folder, kubescribe } from '../cli/command.ts';
import { pass } from '../setup/clock.ts';
import { expect, type Product, test } from '../setup/product.ts';
import { settled } from '../setup/settled.ts';
import { until } from '../setup/until.ts';

/** What a run that has ended still tells is told. */
const atRest = ({ broker }: Product) => until(() => broker.pending() === 0);

const WATERMARKS = `
  select task, count(*)::int as commits, max(commit_id)::int as newest, bool_and(shipped) as shipped
    from kubescribe.commits group by task order by task`;

test('after a restore work goes on from the reports as they are: nothing is doubled, nothing is lost', async ({
  product,
  runlog,
  report,
  prod,
  connect,
}) => {
  await createReportTables(report);
  const [ledger, reports, production] = [await connect(runlog), await connect(report), await connect(prod)];
  await settled(production);
  const env = { RUNLOG_DB_URL: runlog, REPORT_DB_URL: report };
  const dir = folder();
  const bars = async () => (await reports.query('select count(*)::int as n from market_bars')).rows[0].n;

  const before = await product({ pipelines: [marketBars] });
  const first = await before.start('market-bars');
  expect(first.status).toBe('SUCCESS');
  await atRest(before);
  expect(await kubescribe(['backup', '--dir', dir], { env })).toMatchObject({ code: 0 });
  // A run that the backup does not know: RunLog forgets it, its rows and its commit rows stay.
  await arrive(production, 22);
  await settled(production);
  const forgotten = await before.start('market-bars');
  expect(forgotten).toMatchObject({ status: 'SUCCESS', meta: { written: 1 } });
  // As if it had died before RunLog was told what it did.
  await reports.query(
    `with mine as (update kubescribe.commits set shipped = false where run_id = $1 returning commit_id)
     insert into kubescribe.evidence (commit_id, identity, class, detail)
     select commit_id, sha256(commit_id::text::bytea), 'cast_errors', '{"column_name": "open"}' from mine`,
    [forgotten.run_id],
  );
  const [known, watermarks] = [await bars(), (await reports.query(WATERMARKS)).rows];
  const { rows: fences } = await reports.query('select max(epoch)::int as fence from kubescribe.fence');

  await atRest(before);
  expect(await kubescribe(['restore', dir, '--replace'], { env })).toMatchObject({ code: 0 });
  expect((await ledger.query('select run_id from run_log')).rows).toEqual([{ run_id: first.run_id }]);
  const { rows: epochs } = await ledger.query('select last_value::int as epoch from epochs');
  expect(epochs[0].epoch).toBeGreaterThanOrEqual(fences[0].fence);
  expect((await reports.query(WATERMARKS)).rows).toEqual(watermarks);

  const after = await product({ pipelines: [marketBars] });
  expect(await after.start('market-bars')).toMatchObject({
    status: 'SUCCESS',
    meta: { read: 0, written: 0 },
  });
  expect(await bars()).toBe(known);
  await arrive(production, 23);
  await settled(production);
  const next = await after.start('market-bars');
  expect(next.status).toBe('SUCCESS');
  expect(await bars()).toBeGreaterThan(known);
  const { rows: left } = await reports.query(
    'select (select count(*)::int from kubescribe.evidence) + (select count(*)::int from kubescribe.commits where not shipped) as n',
  );
  expect(left).toEqual([{ n: 0 }]);
  const { rows } = await reports.query(
    'select count(*)::int as n, count(distinct (scope, task, predecessor))::int as apart from kubescribe.commits',
  );
  expect(rows[0].n).toBe(rows[0].apart);
}, 60_000);

test('a run that ended after the backup, and was live in it, ends once more', async ({
  product,
  runlog,
  report,
  prod,
  connect,
}) => {
  await createReportTables(report);
  const [ledger, reports, production] = [await connect(runlog), await connect(report), await connect(prod)];
  await settled(production);
  const env = { RUNLOG_DB_URL: runlog, REPORT_DB_URL: report };
  const dir = folder();
  const before = await product({ pipelines: [marketBars], weather: () => [] });
  const asked = (await (await before.trigger({ pipeline: 'market-bars' })).json()) as { run_id: string };
  expect(await kubescribe(['backup', '--dir', dir], { env })).toMatchObject({ code: 0 });
  // Its event was lost: the sweep sends it again.
  await pass(ledger, '31 seconds');
  const elsewhere = await product({ pipelines: [marketBars] });
  expect(await elsewhere.ended(asked.run_id)).toMatchObject({ status: 'SUCCESS' });
  const bars = async () => (await reports.query('select count(*)::int as n from market_bars')).rows[0].n;
  const written = await bars();
  expect(written).toBeGreaterThan(0);

  await atRest(elsewhere);
  expect(await kubescribe(['restore', dir, '--replace'], { env })).toMatchObject({ code: 0 });
  expect((await ledger.query('select status from run_log')).rows).toEqual([{ status: 'STARTED' }]);

  await pass(ledger, '31 seconds');
  const after = await product({ pipelines: [marketBars] });
  expect(await after.ended(asked.run_id)).toMatchObject({ status: 'SUCCESS', meta: { written: 0 } });
  expect(await bars()).toBe(written);
}, 60_000);
