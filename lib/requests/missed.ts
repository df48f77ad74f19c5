import { sql } from 'kysely';
import { emit, type Tx } from '../events/outbox.ts';

/** Tells that a slot was missed, once a slot; `gap` names the first slot of the unbroken row of missed ones. */
export async function tellMissed(tx: Tx, pipeline: string, slot: Date, why: string): Promise<void> {
  const gap = (await firstOfGap(tx, pipeline, slot)).toISOString();
  await emit(tx, {
    name: 'slot.missed',
    by: 'trigger',
    subject: `${pipeline}/${slot.toISOString()}`,
    data: { pipeline, slot: slot.toISOString(), gap, why },
  });
}

async function firstOfGap(tx: Tx, pipeline: string, slot: Date): Promise<Date> {
  const { rows } = await sql<{ gap: Date | null }>`
    select min(slot) as gap
      from run_requests
     where pipeline = ${pipeline} and kind = 'slot' and state = 'missed' and slot <= ${slot}
       and slot > coalesce((
         select max(slot) from run_requests
          where pipeline = ${pipeline} and kind = 'slot' and state <> 'missed' and slot < ${slot}), '-infinity')
  `.execute(tx);
  return rows[0]?.gap ?? slot;
}
