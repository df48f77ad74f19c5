import { planted, SCALES } from '../../../local/demo/planted.ts';
import { createReportTables } from '../../../local/demo/report-tables.ts';
import marketBars from '../../../pipelines/market-bars.ts';
import { expect, test } from '../../setup/product.ts';
import { settled } from '../../setup/settled.ts';

const feed = planted(SCALES.tests);

test('every planted fault has its one row of evidence, and a rerun adds none', async ({
  product,
  prod,
  report,
  runlog,
  connect,
}) => {
  await createReportTables(report);
  const { start } = await product({ pipelines: [marketBars] });
  const [production, reports, log] = [await connect(prod), await connect(report), await connect(runlog)];
  await settled(production);
  const counted = async (sql: string) =>
    Object.fromEntries((await log.query(sql)).rows.map((row) => [row.name, Number(row.n)]));
  const look = async () => ({
    casts: await counted(
      'select column_name as name, count(*) as n from operation_logs.cast_errors group by 1',
    ),
    rules: await counted(
      'select rule as name, count(*) as n from operation_logs.data_quality_errors where rule is not null group by 1',
    ),
    types: await counted(
      'select error_type as name, count(*) as n from operation_logs.data_quality_errors where rule is not null group by 1',
    ),
    conflicts: await counted(
      `select 'dedup' as name, count(*) as n from operation_logs.dedup_conflicts
        union all select 'authority', count(*) from operation_logs.authority_conflicts`,
    ),
    preferred: await counted(
      `select source_a || '/' || source_b || '/' || preferred_source as name, count(*) as n
         from operation_logs.authority_conflicts group by 1`,
    ),
    identities: Number((await log.query('select count(*) as n from evidence_identities')).rows[0].n),
  });

  const run = await start('market-bars');
  expect(run).toMatchObject({ status: 'SUCCESS', error_message: null });
  const first = await look();

  const { 'fractional.volume': fractional, ...others } = feed.ruleViolations;
  const sum = (of: Record<string, number>) => Object.values(of).reduce((total, n) => total + n, 0);
  expect(first).toEqual({
    casts: feed.badCasts,
    rules: feed.ruleViolations,
    types: { constraint_violation: sum(others), fractional_volume: fractional },
    conflicts: { dedup: feed.conflictingDuplicates, authority: feed.disagreeingSources },
    preferred: { 'primary/vendor_b/primary': feed.disagreeingSources },
    identities: feed.rejected + feed.conflictingDuplicates + feed.disagreeingSources,
  });
  expect((await reports.query('select count(*)::int as n from kubescribe.evidence')).rows).toEqual([
    { n: 0 },
  ]);
  const { rows: summaries } = await log.query(
    `select error_type, error_detail from operation_logs.data_quality_errors where rule is null order by 1`,
  );
  expect(summaries).toEqual([
    {
      error_type: 'authority_conflicts',
      error_detail: `${feed.disagreeingSources} rows lost to a more trusted source that said otherwise`,
    },
    {
      error_type: 'cast_errors',
      error_detail: `${sum(feed.badCasts)} values could not be read as their type`,
    },
    {
      error_type: 'dedup_conflicts',
      error_detail: `${feed.conflictingDuplicates} rows of one key said different things`,
    },
  ]);

  // Everything is read again, and found as it was.
  await reports.query(`delete from kubescribe.commits where task = 'bars'`);
  expect(await start('market-bars')).toMatchObject({
    status: 'SUCCESS',
    meta: { read: feed.rows, written: 0 },
  });
  expect(await look()).toEqual(first);
  expect(
    await counted('select run_id as name, sum(count) as n from evidence_sightings group by 1'),
  ).toMatchObject({ [run.run_id]: first.identities });
});

test('a cast error says what PostgreSQL said, of which column and row', async ({
  product,
  prod,
  report,
  runlog,
  connect,
}) => {
  await createReportTables(report);
  const { start } = await product({ pipelines: [marketBars] });
  const [production, log] = [await connect(prod), await connect(runlog)];
  await production.query(`
    truncate market_bars_raw restart identity;
    insert into market_bars_raw (symbol, ts, open, high, low, close, volume, source, received_at)
    values ('KO', '2026-01-31T06:00:00Z', 'n/a', '1', '1', '1', 'today', 'primary', now())`);
  await settled(production);

  const run = await start('market-bars', { maxRejected: 1 });

  const { rows } = await log.query(
    `select symbol, ts::text, column_name, raw_value, target_type, error_detail, pipeline, run_id, task, batch::int,
            policy, source_id from operation_logs.cast_errors order by column_name`,
  );
  const common = {
    symbol: 'KO',
    ts: '2026-01-31 06:00:00+00',
    target_type: 'numeric',
    pipeline: 'market-bars',
    run_id: run.run_id,
    task: 'bars',
    batch: 1,
    policy: 'reject',
    source_id: '1',
  };
  expect(rows).toEqual([
    {
      ...common,
      column_name: 'open',
      raw_value: 'n/a',
      error_detail: 'invalid input syntax for type numeric: "n/a"',
    },
    {
      ...common,
      column_name: 'volume',
      raw_value: 'today',
      error_detail: 'invalid input syntax for type numeric: "today"',
    },
  ]);
});
