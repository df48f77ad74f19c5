/** Gaps: unbroken rows of missed slots. People are told of a gap, not of each slot. */
import { type SqlBool, sql } from 'kysely';
import type { Tx } from '../events/outbox.ts';
import { LATE_AFTER } from '../schedule/misfire.ts';

/** A tick that comes each minute plans within this. */
const IN_TIME = 2 * LATE_AFTER;

/**
 * Whether a slot ends a gap: it has a run, or may have, or was skipped in its time. One that was skipped when it was
 * planned long after, within the same absence, is no sign that anything worked.
 */
export const endsGap = sql<SqlBool>`
  (state not in ('missed', 'skipped')
   or state = 'skipped' and requested_at <= slot + ${IN_TIME} * interval '1 millisecond')`;

/** The first slot of the gap of each of these missed slots, which are in order. Looks back once for all of them. */
export async function gapsOf(tx: Tx, pipeline: string, slots: readonly Date[]): Promise<Date[]> {
  const [first, last] = [slots[0], slots.at(-1)];
  if (!first || !last) return [];
  const { rows: ends } = await sql<{ slot: Date }>`
    select slot from run_requests
     where pipeline = ${pipeline} and kind = 'slot' and slot > ${first} and slot < ${last} and ${endsGap}
     order by slot`.execute(tx);
  let gap = await firstOfGap(tx, pipeline, first);
  let next = 0;
  return slots.map((slot) => {
    let ended = false;
    for (let end = ends[next]; end && end.slot < slot; end = ends[++next]) ended = true;
    if (ended) gap = slot;
    return gap;
  });
}

/** Two seeks in the index of slots; the first walks back over the gap. */
async function firstOfGap(tx: Tx, pipeline: string, slot: Date): Promise<Date> {
  const { rows } = await sql<{ slot: Date }>`
    select slot from run_requests
     where pipeline = ${pipeline} and kind = 'slot' and state = 'missed' and slot <= ${slot}
       and slot > coalesce((
         select slot from run_requests
          where pipeline = ${pipeline} and kind = 'slot' and slot < ${slot} and ${endsGap}
          order by slot desc limit 1), '-infinity')
     order by slot limit 1`.execute(tx);
  return rows[0]?.slot ?? slot;
}
