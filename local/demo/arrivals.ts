import { setTimeout as delay } from 'node:timers/promises';
import pg from 'pg';
import { SYMBOLS } from './planted.ts';

const SECOND = 1000;
const BEAT = 5 * SECOND;
const CYCLE = 40;

/** What goes wrong on which of `CYCLE` beats; the rest is clean. */
const FAULTY_BEATS: Record<number, string> = {
  13: 'bad cast',
  22: 'exact duplicate',
  31: 'disagreeing source',
};

// A bar goes on from the last good close of its symbol, or begins at its price of old. The newest rows are enough to
// know that, and whether the minute has its bar already.
const INSERT_BAR = `
  with recent as materialized (
    select id, symbol, ts, close from market_bars_raw order by id desc limit 500),
  last as (
    select $1::text as symbol, coalesce((select close::numeric from recent
      where symbol = $1 and close ~ '^[0-9]+[.][0-9]{2}$' order by id desc limit 1), $3::int * 0.01) as price),
  bar as (
    select symbol, to_char(date_trunc('minute', now() at time zone 'UTC') - interval '1 minute',
        'YYYY-MM-DD"T"HH24:MI:SS"Z"') as ts, price as open, price + (hash % 21 - 10) * 0.01 as close, 100 + hash as volume
    from last, (select hashint8(extract(epoch from now())::bigint) & 4095 as hash) chance)
  insert into market_bars_raw (symbol, ts, open, high, low, close, volume, source, received_at)
  select symbol, ts, open::text, (greatest(open, close) + 0.01)::text, (least(open, close) - 0.01)::text,
    case when $2 = 'bad cast' then 'n/a' else close::text end, volume::text, 'primary', now()
  from bar
  where not exists (select from recent where recent.symbol = bar.symbol and recent.ts = bar.ts)
  returning id`;

const INSERT_FURTHER = `
  insert into market_bars_raw (symbol, ts, open, high, low, close, volume, source, received_at)
  select symbol, ts, open, case when $2 = 'disagreeing source' then (high::numeric + 0.05)::text else high end, low,
    close, volume, case when $2 = 'disagreeing source' then 'vendor_b' else source end, now()
  from market_bars_raw where id = $1`;

export type Arrivals = { stop: () => Promise<void> };

/** Lets new bars arrive, one symbol a beat, at any hour and on any day so that there is always something to see. */
export function startArrivals(
  url: string,
  options: { beat?: number; log?: (message: string) => void } = {},
): Arrivals {
  const stopping = new AbortController();
  const pool = new pg.Pool({ connectionString: url, max: 1, application_name: 'demo-arrivals' });
  pool.on('error', () => {});
  const done = beatUntil(stopping.signal, pool, options.beat ?? BEAT, options.log ?? (() => {}));
  const stop = async () => {
    stopping.abort();
    await done;
    await pool.end();
  };
  return { stop };
}

async function beatUntil(signal: AbortSignal, pool: pg.Pool, every: number, log: (message: string) => void) {
  let wasAway = false;
  for (let beat = 0; !signal.aborted; beat++) {
    try {
      await arrive(pool, beat);
      wasAway = false;
    } catch (error) {
      if (!wasAway) log(`No bars arrive: ${error instanceof Error ? error.message : error}. Trying on.`);
      wasAway = true;
    }
    await delay(every, undefined, { signal }).catch(() => {});
  }
}

/** One beat of the feed: the bar that one symbol still lacks for the last full minute, faulty now and then. */
export async function arrive(db: pg.Pool | pg.Client, beat: number): Promise<void> {
  const fault = FAULTY_BEATS[beat % CYCLE] ?? 'none';
  const symbol = SYMBOLS[beat % SYMBOLS.length];
  const { rows } = await db.query<{ id: string }>(INSERT_BAR, [symbol?.name, fault, symbol?.cents]);
  if (rows[0] && fault !== 'none' && fault !== 'bad cast')
    await db.query(INSERT_FURTHER, [rows[0].id, fault]);
}
