import * as z from 'zod';
import { mirror } from '../../lib/ingest/mirror.ts';
import { pipeline } from '../../lib/pipeline/define.ts';

/** The whole feed as it is. */
export default pipeline('mirror', {
  params: z.strictObject({}),
  tasks: [mirror({ from: 'market_bars_raw', into: 'market_bars_raw' })],
});
