/** Cancelling: what waits ends at once; what is live is flagged, and ended by its worker, or by whoever finds it without. */
import { sql } from 'kysely';
import { record } from '../audit/record.ts';
import type { Json } from '../db/tables.ts';
import { typeOf } from '../events/event-types.ts';
import type { Tx } from '../events/outbox.ts';
import type { Caller } from '../http/caller.ts';
import { expireAndAdmit } from './admit.ts';
import { lockPipeline } from './pipeline-lock.ts';

/** Who wants it and why, as far as they said. */
export type CancelWish = { by?: string | undefined; why?: string | undefined };

/** What is told of a cancelled run or request. */
export function cancelText({ by, why }: CancelWish): string {
  if (!by) return why ?? 'cancelled';
  return why ? `cancelled by ${by}: ${why}` : `cancelled by ${by}`;
}

/**
 * What became of the wish. `over`: it had ended before, as `how` says. `foreign`: another program recorded it, and it is
 * never touched.
 */
export type Cancellation = { is: 'unknown' | 'foreign' | 'waited' | 'flagged' } | { is: 'over'; how: string };

/** By whom and why a run is cancelled, what is recorded beside, and what is done with the place that it leaves. */
type Cancelling = {
  caller: Pick<Caller, 'by' | 'from'>;
  why: string | undefined;
  details?: Json;
  /** Called while the pipeline is locked; by default the next is admitted. */
  makesRoom?(tx: Tx, pipeline: string): Promise<unknown>;
};

/** Cancels a run or a request that waits, and records who did. */
export async function cancelRun(
  tx: Tx,
  runId: string,
  { caller, why, details = {}, makesRoom = expireAndAdmit }: Cancelling,
): Promise<Cancellation> {
  const done = await cancelKnown(tx, runId, { by: caller.by, why }, makesRoom);
  if (done.is === 'waited' || done.is === 'flagged')
    await record(tx, caller, { action: 'run.cancel', subject: runId, why, details });
  return done;
}

async function cancelKnown(
  tx: Tx,
  runId: string,
  wish: CancelWish,
  makesRoom: NonNullable<Cancelling['makesRoom']>,
): Promise<Cancellation> {
  const known = await requestOf(tx, runId);
  if (!known) return { is: (await isRecorded(tx, runId)) ? 'foreign' : 'unknown' };
  await lockPipeline(tx, known.pipeline);
  const { state, why } = (await requestOf(tx, runId)) ?? known;
  switch (state) {
    case 'waiting':
      await tx
        .updateTable('run_requests')
        .set({ state: 'cancelled', why: cancelText(wish), ended_at: sql<Date>`clock()` })
        .where('run_id', '=', runId)
        .execute();
      await makesRoom(tx, known.pipeline);
      return { is: 'waited' };
    case 'live':
      await cancelLive(tx, runId, wish);
      return { is: 'flagged' };
    case 'ran':
      return { is: 'over', how: why ?? state };
    default:
      return { is: 'over', how: why ? `${state}: ${why}` : state };
  }
}

function requestOf(tx: Tx, runId: string) {
  return tx
    .selectFrom('run_requests')
    .select(['pipeline', 'state', 'why'])
    .where('run_id', '=', runId)
    .executeTakeFirst();
}

async function isRecorded(tx: Tx, runId: string): Promise<boolean> {
  const row = await tx.selectFrom('run_log').select('run_id').where('run_id', '=', runId).executeTakeFirst();
  return row !== undefined;
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
