/** Two runs of a small ingest and its roll-up, with a changed feed between them. */
import { Client } from 'pg';
import { createReportTables } from '../../local/demo/report-tables.ts';
import { barDifferences } from './market-oracle.ts';
import type { Script } from './script.ts';

export const twoLoads: Script = {
  pipelines: new URL('./pipelines', import.meta.url).pathname,
  prepare: ({ report }) => createTables(report),
  async play({ prod, ask }) {
    await ask('/trigger/runs/trigger', { pipeline: 'bars' }, { key: 'first', until: [202] });
    // Every third row of the feed comes again, for the second run.
    await prod.query(
      `update market_bars_raw set received_at = received_at + interval '1 s' where id % 3 = 0`,
    );
    await ask('/trigger/runs/trigger', { pipeline: 'bars' }, { key: 'second', until: [202] });
  },
  judge: async ({ report, prod, runlog }) => ({
    faults: await barDifferences(prod, report),
    digest: `${await digestOf(report)} ${await identitiesOf(runlog)}`,
  }),
};

/** The tables that the small pipeline writes. */
export async function createTables(report: string): Promise<void> {
  await createReportTables(report);
  const client = new Client({ connectionString: report });
  await client.connect();
  await client.query(
    `create table market_spans (symbol text, span timestamptz, high numeric, low numeric, volume numeric, bars int,
       primary key (symbol, span))`,
  );
  await client.end();
}

async function digestOf(report: Client): Promise<string> {
  const { rows } = await report.query<{ digest: string }>(`
    select (select md5(string_agg(concat_ws('|', symbol, ts, open, high, low, close, volume, ks_rank, ks_received_at,
                                            ks_source_id), ' ' order by symbol, ts)) from market_bars) || ' ' ||
           (select md5(string_agg(s::text, ' ' order by symbol, span)) from market_spans s) as digest`);
  return rows[0]?.digest ?? 'no rows';
}

async function identitiesOf(runlog: Client): Promise<string> {
  const { rows } = await runlog.query<{ digest: string }>(
    `select count(*) || ' ' || md5(string_agg(class || encode(identity, 'hex'), ' ' order by identity)) as digest
       from evidence_identities where class <> 'concurrency_issues'`,
  );
  return rows[0]?.digest ?? 'no evidence';
}
