import pg from 'pg';

/** What the market-bars pipeline writes; the ks_ columns are each row's origin. */
const TABLES = `
  create table if not exists market_bars (
    symbol text not null,
    ts timestamptz not null,
    open numeric, high numeric, low numeric, close numeric, volume bigint,
    ks_rank int not null,
    ks_received_at timestamptz not null,
    ks_source_id bigint not null,
    ks_commit bigint not null,
    primary key (symbol, ts)
  );
  create table if not exists market_days (
    symbol text not null,
    day date not null,
    open numeric, high numeric, low numeric, close numeric, volume numeric, bars int,
    primary key (symbol, day)
  )`;

/** Makes the demo's report tables where they are missing. */
export async function createReportTables(url: string): Promise<void> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    await client.query(TABLES);
  } finally {
    await client.end();
  }
}
