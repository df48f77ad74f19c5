/** Cancelling: what waits ends at once; what is live is flagged, and ended by its worker, or by whoever finds it without. */
import { sql } from 'kysely';
import { typeOf } from '../events/event-types.ts';
import type { Tx } from '../events/outbox.ts';

/** Who wants it and why, as far as they said. */
export type CancelWish = { by?: string | undefined; why?: string | undefined };

/** What is told of a cancelled run or request. */
export function cancelText({ by, why }: CancelWish): string {
  if (!by) return why ?? 'cancelled';
  return why ? `cancelled by ${by}: ${why}` : `cancelled by ${by}`;
}

/**
 * Flags a live run, once: its worker sees it within a second; one that sleeps is woken, so that it ends at once; `sweep`
 * ends what has no worker. The caller holds the pipeline's lock.
 */
export async function cancelLive(tx: Tx, runId: string, { by, why }: CancelWish): Promise<void> {
  await tx
    .updateTable('run_work')
    .set({ cancel_at: sql<Date>`clock()`, cancel_by: by ?? null, cancel_why: why ?? null, wake_at: null })
    .where('run_id', '=', runId)
    .where('cancel_at', 'is', null)
    .execute();
  await tx
    .updateTable('outbox')
    .set({ due_at: sql<Date>`clock()` })
    .where('run_id', '=', runId)
    .where('type', '=', typeOf('run.continue'))
    .where('due_at', '>', sql<Date>`clock()`)
    .where('done_at', 'is', null)
    .execute();
}
