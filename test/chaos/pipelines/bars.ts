/** A small pipeline that passes every kind of point: a failing try, an ingest and a roll-up of two batches each. */
import * as z from 'zod';
import { ingest } from '../../../lib/ingest/ingest.ts';
import { rollup } from '../../../lib/ingest/rollup.ts';
import { pipeline } from '../../../lib/pipeline/define.ts';
import { task } from '../../../lib/pipeline/task.ts';

type Params = { maxRejected: number };

const span = { sql: `date_bin('5 minutes', ts, 'epoch')`, type: 'timestamptz' };

const stumble = task<Params>('stumble', async function* (context) {
  if (context.state.stumbled) return;
  yield { stumbled: true };
  throw new Error('the first try fails on purpose');
});

export default pipeline<Params>('bars', {
  default: true,
  params: z.strictObject({ maxRejected: z.number().default(1) }),
  retry: { attempts: 3, backoff: 0.01 },
  tasks: [
    stumble,
    ingest({
      name: 'bars',
      from: { table: 'market_bars_raw', id: 'id', receivedAt: 'received_at', source: 'source' },
      columns: {
        symbol: { type: 'text' },
        ts: { type: 'timestamptz' },
        open: { type: 'numeric' },
        high: { type: 'numeric' },
        low: { type: 'numeric' },
        close: { type: 'numeric' },
        volume: { type: 'numeric' },
      },
      rules: {
        missing_symbol: 'symbol is null',
        negative_price: 'least(open, high, low, close) < 0',
        high_below_low: 'high < low',
        fractional_volume: 'volume <> trunc(volume)',
        negative_volume: 'volume < 0',
      },
      key: ['symbol', 'ts'],
      sources: ['primary', 'vendor_b', 'vendor_c'],
      into: 'market_bars',
      batchRows: 1500,
      touches: { target: 'market_spans', by: { symbol: 'symbol', span: span.sql } },
    }),
    rollup({
      name: 'spans',
      from: 'market_bars',
      into: 'market_spans',
      by: { symbol: { sql: 'symbol', type: 'text' }, span },
      values: { high: 'max(high)', low: 'min(low)', volume: 'sum(volume)', bars: 'count(*)::int' },
    }),
  ],
});
