import { sql } from 'kysely';
import { typeOf } from '../events/event-types.ts';
import { emit, type Tx } from '../events/outbox.ts';

/** Notifications that one sweep wakes `notify` for. */
const AT_ONCE = 100;

/**
 * Emits `notification.due` for what is pending, due and leased by nobody; called by every sweep. The id names the half
 * minute: an event that a Broker took and lost is followed by the next sweep's, one that waits in the outbox by none.
 */
export async function tellDue(tx: Tx): Promise<number> {
  const { rows } = await sql<{ id: number; attempts: number; moment: number }>`
    select id, attempts, floor(extract(epoch from clock()) / 30)::bigint as moment
      from alert_notifications n
     where status = 'pending' and next_at <= clock() and (lease_until is null or lease_until <= clock())
       and not exists (
         select from outbox
          where done_at is null and type = ${typeOf('notification.due')}
            and (data ->> 'notification')::bigint = n.id)
     order by next_at, id limit ${AT_ONCE}`.execute(tx);
  for (const { id, attempts, moment } of rows) {
    await emit(tx, {
      name: 'notification.due',
      by: 'sweep',
      subject: `notification/${id}/${attempts}/${moment}`,
      data: { notification: id },
    });
  }
  return rows.length;
}
