import { sql } from 'kysely';
import { type Actor, record } from '../audit/record.ts';
import type { Tx } from '../events/outbox.ts';
import { expireAndAdmit } from '../requests/admit.ts';
import { cancelLive, cancelText } from '../requests/cancel.ts';
import { lockPipeline } from '../requests/pipeline-lock.ts';

/** Cancels a backfill: its slots that wait end at once, its live runs are flagged. A second time changes nothing more. */
export async function cancelBackfill(
  tx: Tx,
  id: string,
  { by, from, why }: Actor & { why: string | undefined },
): Promise<'unknown' | 'over' | 'flagged'> {
  const known = await tx
    .selectFrom('backfills')
    .select('pipeline')
    .where('backfill_id', '=', id)
    .executeTakeFirst();
  if (!known) return 'unknown';
  await lockPipeline(tx, known.pipeline);
  const wish = { by, why };
  const { numUpdatedRows } = await tx
    .updateTable('backfills')
    .set({
      cancelled_at: sql<Date>`coalesce(cancelled_at, clock())`,
      cancelled_by: sql<
        string | null
      >`case when cancelled_at is null then ${wish.by ?? null} else cancelled_by end`,
      cancel_why: sql<
        string | null
      >`case when cancelled_at is null then ${wish.why ?? null} else cancel_why end`,
    })
    .where('backfill_id', '=', id)
    .where('ended_at', 'is', null)
    .executeTakeFirst();
  if (numUpdatedRows === 0n) return 'over';
  const details = { pipeline: known.pipeline };
  await record(tx, { by, from }, { action: 'backfill.cancel', subject: id, why, details });
  await tx
    .updateTable('run_requests')
    .set({ state: 'cancelled', why: `backfill ${cancelText(wish)}`, ended_at: sql<Date>`clock()` })
    .where('backfill_id', '=', id)
    .where('state', '=', 'waiting')
    .execute();
  const live = await tx
    .selectFrom('run_requests')
    .select('run_id')
    .where('backfill_id', '=', id)
    .where('state', '=', 'live')
    .execute();
  for (const { run_id } of live) await cancelLive(tx, run_id, wish);
  await expireAndAdmit(tx, known.pipeline);
  return 'flagged';
}
