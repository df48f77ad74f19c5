import { randomUUID } from 'node:crypto';
import pg from 'pg';
import { inject } from 'vitest';
import { arrive } from '../../local/demo/arrivals.ts';
import { planted, SCALES } from '../../local/demo/planted.ts';
import { createReportTables } from '../../local/demo/report-tables.ts';
import marketBars from '../../pipelines/market-bars.ts';
import { expect, test, testOn16 } from '../setup/product.ts';
import { settled } from '../setup/settled.ts';

const feed = planted(SCALES.tests);
const casts = Object.fromEntries(Object.entries(feed.badCasts).map(([name, n]) => [`cast.${name}`, n]));

const first = {
  status: 'SUCCESS',
  error_message: null,
  meta: {
    read: feed.rows,
    written: feed.good,
    unchanged: 0,
    deduped: feed.deduped,
    rejected: feed.rejected,
    failed: 0,
    rejected_by: { ...casts, ...feed.ruleViolations },
  },
};

const DAYS_ANEW = `
  select count(*)::int as wrong from market_days full join (
    select symbol, (ts at time zone 'UTC')::date as day, max(high) as high, min(low) as low, sum(volume) as volume,
           count(*)::int as bars from market_bars group by 1, 2) anew using (symbol, day, high, low, volume, bars)
   where market_days.open is null or anew.bars is null`;

const LEFT_BEHIND = `
  select relname from pg_class where relkind = 'r' and relname ~ '_[0-9]+$' and relnamespace = 'kubescribe'::regnamespace`;

test('the planted faults come out in exactly their numbers; the next run reads only what is new', async ({
  product,
  prod,
  report,
  connect,
}) => {
  await createReportTables(report);
  const { start } = await product({ pipelines: [marketBars] });
  const [production, reports] = [await connect(prod), await connect(report)];
  await settled(production);

  expect(await start('market-bars')).toMatchObject(first);
  expect((await reports.query('select count(*)::int as bars from market_bars')).rows).toEqual([
    { bars: feed.good },
  ]);
  expect((await reports.query(DAYS_ANEW)).rows).toEqual([{ wrong: 0 }]);

  expect((await reports.query(LEFT_BEHIND)).rows).toEqual([]);

  // A beat whose bar has its exact duplicate right behind it.
  await arrive(production, 22);
  await settled(production);
  expect(await start('market-bars')).toMatchObject({
    meta: { read: 2, written: 1, deduped: 1, rejected: 0 },
  });
  expect((await reports.query(DAYS_ANEW)).rows).toEqual([{ wrong: 0 }]);
});

test('values without bounds are rejected', async ({ product, prod, report, connect }) => {
  await createReportTables(report);
  const { start } = await product({ pipelines: [marketBars] });
  const production = await connect(prod);
  await production.query(`
    truncate market_bars_raw;
    insert into market_bars_raw (symbol, ts, open, high, low, close, volume, source, received_at)
    select 'KO', '2026-01-31T06:00:00Z', '1', '1', '1', '1', volume, 'primary', now()
      from unnest('{NaN,Infinity,-Infinity,1e30,9223372036854775807}'::text[]) volume`);
  await settled(production);

  expect(await start('market-bars')).toMatchObject({
    status: 'SUCCESS',
    meta: { written: 1, rejected_by: { 'range.volume': 4 } },
  });
});

testOn16('everything on PostgreSQL 16 gives the same', async ({ product, report }) => {
  await createReportTables(report);
  const { start } = await product({ pipelines: [marketBars] });

  expect(await start('market-bars')).toMatchObject(first);
});

for (const on18 of ['prod', 'report'] as const) {
  testOn16(`${on18} on PostgreSQL 18 and the others on 16 gives the same`, async ({ product, report }) => {
    const eighteen = await cloneOn18(on18);
    await createReportTables(on18 === 'report' ? eighteen.url : report);
    const env = on18 === 'report' ? { REPORT_DB_URL: eighteen.url } : { PROD_DB_URL: eighteen.url };
    const { start } = await product({ pipelines: [marketBars], env });

    expect(await start('market-bars')).toMatchObject(first);
    await eighteen.drop();
  });
}

async function cloneOn18(template: 'prod' | 'report') {
  const name = `t_${template}_${randomUUID().slice(0, 8)}`;
  const admin = async (sql: string) => {
    const client = new pg.Client({ connectionString: inject('server') });
    await client.connect();
    await client.query(sql).finally(() => client.end());
  };
  await admin(`create database ${name} template tpl_${template}`);
  const url = new URL(inject('server'));
  url.pathname = name;
  return { url: url.href, drop: () => admin(`drop database ${name} with (force)`) };
}
