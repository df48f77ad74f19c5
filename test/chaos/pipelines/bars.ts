/** A small pipeline that passes every kind of point: a failing try, an ingest and a roll-up of two batches each. */
import * as z from 'zod';
import { ingest } from '../../../lib/ingest/ingest.ts';
import { rollup } from '../../../lib/ingest/rollup.ts';
import { pipeline } from '../../../lib/pipeline/define.ts';
import { task } from '../../../lib/pipeline/task.ts';

type Params = { maxRejected: number };

const price = { type: 'numeric', min: 0 } as const;

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
        open: price,
        high: price,
        low: price,
        close: price,
        volume: { type: 'numeric', min: 0, whole: true },
      },
      rules: { high_below_low: 'high < low' },
      key: ['symbol', 'ts'],
      sources: ['primary', 'vendor_b', 'vendor_c'],
      into: 'market_bars',
      batchRows: 1500,
    }),
    rollup({
      name: 'spans',
      from: 'market_bars',
      into: 'market_spans',
      by: { symbol: 'symbol', span: `date_bin('5 minutes', ts, 'epoch')` },
      values: { high: 'max(high)', low: 'min(low)', volume: 'sum(volume)', bars: 'count(*)::int' },
    }),
  ],
});
