/** What the market's report tables must hold, worked out from the feed by SQL of its own. */
import type { Client } from 'pg';

/** The winner of each minute of the feed: readable, within the rules, from the most trusted source, the latest word. */
const WINNERS = `
  select distinct on (symbol, at) symbol, at, o, h, l, c, v, rank, received_at, id
    from (
      select id, symbol, received_at, 1 + (source <> 'primary')::int + (source = 'vendor_c')::int as rank,
             case when pg_input_is_valid(ts, 'timestamptz') then ts::timestamptz end as at,
             case when pg_input_is_valid(open, 'numeric') then open::numeric end as o,
             case when pg_input_is_valid(high, 'numeric') then high::numeric end as h,
             case when pg_input_is_valid(low, 'numeric') then low::numeric end as l,
             case when pg_input_is_valid(close, 'numeric') then close::numeric end as c,
             case when pg_input_is_valid(volume, 'numeric') then volume::numeric end as v
        from market_bars_raw offset 0) typed
   where symbol is not null and at is not null and o >= 0 and h >= l and l >= 0 and c >= 0 and v >= 0 and v = trunc(v)
   order by symbol, at, rank, received_at desc, id desc`;

const fingerprint = (columns: string) => `
  count(*)::text || ' ' || coalesce(sum(hashtextextended(concat_ws('|', ${columns}), 0)::numeric), 0)::text`;

const utc = (column: string) => `extract(epoch from ${column})`;
const perDay = (columns: string, at: string, from: string) => `
  select symbol || ' ' || (${at} at time zone 'UTC')::date as part, ${fingerprint(columns)} as print
    from ${from} rows group by 1 order by 1`;

const EXPECTED_BARS = perDay(
  `symbol, ${utc('at')}, trim_scale(o), trim_scale(h), trim_scale(l), trim_scale(c), v::bigint, rank, ${utc('received_at')}, id`,
  'at',
  `(${WINNERS})`,
);
const FOUND_BARS = perDay(
  `symbol, ${utc('ts')}, trim_scale(open), trim_scale(high), trim_scale(low), trim_scale(close), volume, ks_rank,
   ${utc('ks_received_at')}, ks_source_id`,
  'ts',
  'market_bars',
);
const summary = (columns: string) => `concat_ws('|', ${columns}) as print`;
const EXPECTED_DAYS = `
  select symbol || ' ' || (at at time zone 'UTC')::date as part,
         ${summary(`trim_scale((array_agg(o order by at))[1]), trim_scale(max(h)), trim_scale(min(l)),
           trim_scale((array_agg(c order by at desc))[1]), sum(v::bigint), count(*)`)}
    from (${WINNERS}) bars group by 1 order by 1`;
const FOUND_DAYS = `
  select symbol || ' ' || day as part,
         ${summary('trim_scale(open), trim_scale(high), trim_scale(low), trim_scale(close), trim_scale(volume), bars')}
    from market_days order by 1`;

/** The same for the bars alone. */
export async function barDifferences(prod: Client, report: Client): Promise<string[]> {
  return differences('bars', await parts(prod, EXPECTED_BARS), await parts(report, FOUND_BARS));
}

type Part = { part: string; print: string };

/** Lines that say where the report differs from the feed; none when it is exactly what it should be. */
export async function marketDifferences(prod: Client, report: Client): Promise<string[]> {
  return [
    ...(await barDifferences(prod, report)),
    ...differences('days', await parts(prod, EXPECTED_DAYS), await parts(report, FOUND_DAYS)),
  ];
}

async function parts(client: Client, sql: string): Promise<Map<string, string>> {
  const { rows } = await client.query<Part>(sql);
  return new Map(rows.map(({ part, print }) => [part, print]));
}

function differences(what: string, expected: Map<string, string>, found: Map<string, string>): string[] {
  const all = [...new Set([...expected.keys(), ...found.keys()])];
  return all
    .filter((part) => expected.get(part) !== found.get(part))
    .map((part) => `${what} of ${part}: ${found.get(part) ?? 'none'}, not ${expected.get(part) ?? 'none'}`);
}
