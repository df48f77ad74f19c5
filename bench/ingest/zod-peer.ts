/** What many would write by hand: a cursor, zod for each row, upserts in batches or row by row. */
import pg from 'pg';
import * as z from 'zod';

const FETCH = 5000;
const AT_ONCE = 1000;

const price = z.coerce.number().min(0);
const Bar = z
  .object({
    id: z.string(),
    source: z.string(),
    received_at: z.date(),
    symbol: z.string(),
    ts: z.iso.datetime(),
    open: price,
    high: price,
    low: price,
    close: price,
    volume: z.coerce.number().int().min(0),
  })
  .refine(({ high, low }) => high >= low);
type Bar = z.infer<typeof Bar>;

const RANK: Record<string, number> = { primary: 1, vendor_b: 2, vendor_c: 3 };
const COLUMNS = ['symbol', 'ts', 'open', 'high', 'low', 'close', 'volume'] as const;

/** Seconds for so many rows of the feed; bad ones are only counted, the better of two is kept. */
export async function byHand(prod: string, report: string, how: 'batches' | 'rows', rows: number) {
  const clients = [prod, report].map((connectionString) => new pg.Client({ connectionString }));
  const [reader, writer] = clients;
  if (!reader || !writer) throw new Error('two databases are needed');
  await Promise.all(clients.map((client) => client.connect()));
  try {
    const began = performance.now();
    await reader.query('begin; declare bars cursor for select * from market_bars_raw order by id');
    let [read, rejected] = [0, 0];
    await writer.query('begin');
    while (read < rows) {
      const { rows: fetched } = await reader.query(`fetch ${Math.min(FETCH, rows - read)} from bars`);
      if (fetched.length === 0) break;
      read += fetched.length;
      const good = fetched.flatMap((row) => {
        const bar = Bar.safeParse(row);
        if (!bar.success) rejected++;
        return bar.success ? [bar.data] : [];
      });
      if (how === 'rows') for (const bar of good) await upsert(writer, [bar], 'row');
      else
        for (let at = 0; at < good.length; at += AT_ONCE)
          await upsert(writer, best(good.slice(at, at + AT_ONCE)));
    }
    await writer.query('commit');
    return { seconds: (performance.now() - began) / 1000, read, rejected };
  } finally {
    await Promise.all(clients.map((client) => client.end()));
  }
}

/** One statement cannot write a row twice: of those with the same key the most trusted, then the latest. */
function best(bars: Bar[]): Bar[] {
  const kept = new Map<string, Bar>();
  for (const bar of bars) {
    const key = `${bar.symbol} ${bar.ts}`;
    const other = kept.get(key);
    if (
      !other ||
      rankOf(bar) < rankOf(other) ||
      (rankOf(bar) === rankOf(other) && bar.received_at >= other.received_at)
    )
      kept.set(key, bar);
  }
  return [...kept.values()];
}

const rankOf = ({ source }: Bar) => RANK[source] ?? 4;

async function upsert(client: pg.Client, bars: Bar[], name?: string): Promise<void> {
  const values = bars.flatMap((bar) => [
    ...COLUMNS.map((column) => bar[column]),
    rankOf(bar),
    bar.received_at,
    bar.id,
  ]);
  const places = bars.map(
    (_, row) => `(${Array.from({ length: 10 }, (_, i) => `$${row * 10 + i + 1}`).join(', ')}, 1)`,
  );
  const text = `
    insert into market_bars as there (${COLUMNS.join(', ')}, ks_rank, ks_received_at, ks_source_id, ks_commit)
    values ${places.join(', ')}
        on conflict (symbol, ts) do update
       set open = excluded.open, high = excluded.high, low = excluded.low, close = excluded.close,
           volume = excluded.volume, ks_rank = excluded.ks_rank, ks_received_at = excluded.ks_received_at,
           ks_source_id = excluded.ks_source_id
     where (excluded.ks_rank, there.ks_received_at, there.ks_source_id)
           <= (there.ks_rank, excluded.ks_received_at, excluded.ks_source_id)`;
  await client.query({ text, values, ...(name && { name }) });
}
