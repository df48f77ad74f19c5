import { ingestSpec } from '../../../lib/ingest/check-spec.ts';
import { reconcile } from '../../../lib/ingest/reconcile.ts';
import type { IngestOptions } from '../../../lib/ingest/spec.ts';
import type { Task } from '../../../lib/pipeline/task.ts';
import { type Params, spec } from './feed.ts';

type How = { most?: number; keepDeleted?: boolean } & Partial<IngestOptions>;

/** The reconcile of the feed, asked for with a limit to what may go. */
export function reconciling({ most = 0.5, keepDeleted = false, ...change }: How = {}): Task<Params> {
  const whole = {
    ...ingestSpec({ ...spec, ...change }),
    touches: [{ target: 'shelves', by: { shelf: 'shelf' } }],
  };
  const made = reconcile<Params & { most: number }>(whole, { scope: 'feed', task: 'things', keepDeleted });
  const { telling: _, ...same } = made;
  return { ...same, run: (context) => made.run({ ...context, params: { ...context.params, most } }) };
}
