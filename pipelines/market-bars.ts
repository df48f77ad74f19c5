/** Minute bars of a market feed, checked and deduplicated, and their daily summary. */
import * as z from 'zod';
import { first, last } from '../lib/ingest/by-time.ts';
import { ingest } from '../lib/ingest/ingest.ts';
import { rollup } from '../lib/ingest/rollup.ts';
import { pipeline } from '../lib/pipeline/define.ts';

const price = { type: 'numeric', min: 0 } as const;

export default pipeline('market-bars', {
  default: true,
  schedule: '*/5 * * * *',
  timezone: 'UTC',
  params: z.strictObject({
    maxRejected: z.number().min(0).max(1).default(0.05),
  }),
  tasks: [
    ingest({
      name: 'bars',
      from: { table: 'market_bars_raw', id: 'id', receivedAt: 'received_at', source: 'source', time: 'ts' },
      columns: {
        symbol: { type: 'text' },
        ts: { type: 'timestamptz' },
        open: price,
        high: price,
        low: price,
        close: price,
        // NaN and Infinity are numbers, and above all others.
        volume: { type: 'numeric', min: 0, max: '9223372036854775807', whole: true },
      },
      rules: { high_below_low: 'high < low' },
      key: ['symbol', 'ts'],
      sources: ['primary', 'vendor_b', 'vendor_c'],
      into: 'market_bars',
    }),
    rollup({
      name: 'days',
      from: 'market_bars',
      into: 'market_days',
      by: { symbol: 'symbol', day: `(ts at time zone 'UTC')::date` },
      values: {
        open: first('open', 'ts'),
        high: 'max(high)',
        low: 'min(low)',
        close: last('close', 'ts'),
        volume: 'sum(volume)',
        bars: 'count(*)::int',
      },
    }),
  ],
});
