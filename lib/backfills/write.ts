/** Writing a backfill: its row, and a request for each of its slots. */
import { sql } from 'kysely';
import type { Tx } from '../events/outbox.ts';
import type { Pipeline } from '../pipeline/options.ts';
import { runIdOfSlot } from '../requests/run-id.ts';
import type { SlotInterval } from './slots.ts';
import type { BackfillCaller, BackfillWish } from './wish.ts';

/** Writes the backfill itself. */
export async function insertBackfill(
  tx: Tx,
  id: string,
  pipeline: Pipeline,
  wish: BackfillWish,
  caller: BackfillCaller,
  slots: number,
): Promise<void> {
  await tx
    .insertInto('backfills')
    .values({
      backfill_id: id,
      pipeline: pipeline.name,
      range_from: wish.from,
      range_until: wish.until,
      reprocess: wish.reprocess,
      newest_first: wish.order === 'newest',
      concurrency: wish.concurrency,
      params: JSON.stringify(wish.params),
      slots,
      requested_by: caller.by,
      why: wish.why ?? null,
    })
    .execute();
}

/** Writes its requests, in one statement however many; their order is that in which they will be admitted. */
export async function insertRequests(
  tx: Tx,
  id: string,
  pipeline: Pipeline,
  wish: BackfillWish,
  caller: BackfillCaller,
  asked: readonly SlotInterval[],
): Promise<void> {
  const entries = asked.map(({ from: since, slot }) => ({
    run_id: runIdOfSlot(slot, 'backfill', id),
    lane: `backfill:${id}:${slot.toISOString()}`,
    slot,
    since,
  }));
  await sql`
    insert into run_requests
      (run_id, pipeline, kind, lane, slot, range_from, range_until, backfill_id, params, timeout, trigger, source,
       requested_by, wish_why, tags)
    select run_id, ${pipeline.name}, 'backfill', lane, slot, since, slot, ${id}, ${JSON.stringify(wish.params)}::jsonb,
           ${`${pipeline.timeout} seconds`}::interval, ${caller.trigger}, ${caller.source}, ${caller.by},
           ${wish.why ?? null}, ${[...pipeline.tags]}::text[]
      from rows from (
             jsonb_to_recordset(${JSON.stringify(entries)}::jsonb)
               as (run_id uuid, lane text, slot timestamptz, since timestamptz))
             with ordinality as entry (run_id, lane, slot, since, n)
     order by n`.execute(tx);
}
