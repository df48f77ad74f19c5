/** The right to send a notification: leased by statement, checked before the connection, given back with the outcome. */
import { sql } from 'kysely';
import type { Notification } from '../db/tables.ts';
import type { Tx } from '../events/outbox.ts';
import type { Outcome } from '../mail/send.ts';

const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;

/** Longer than SMTP may take in all. */
export const MAIL_LEASE = 60 * SECOND;
/** The first pause after a failure; doubled up to the longest. */
const PAUSE = 30 * SECOND;
const LONGEST_PAUSE = HOUR;
/** After this a mail is no news. */
const GIVE_UP_AFTER = 24 * HOUR;
/** How often a mail may be handed over without an answer: the second copy has the same Message-ID. */
export const HAND_OVERS = 2;

const interval = (ms: number) => sql`${ms / SECOND} * interval '1 second'`;

/** `attempts` names the lease: whoever leases next raises it. */
export type Leased = Notification & { handed: number };

// How often it was handed over without our knowing the end; in the facts, for nobody selects by it.
const handed = sql<number>`coalesce((facts ->> 'handed')::int, 0)`;
const withHanded = (change: number) =>
  sql<string>`facts || jsonb_build_object('handed', ${handed} + ${change})`;

/** Leases a notification that is pending, due and free; undefined when it is not. */
export async function lease(tx: Tx, id: number): Promise<Leased | undefined> {
  const { rows } = await sql<Leased>`
    update alert_notifications
       set lease_until = clock() + ${interval(MAIL_LEASE)}, attempts = attempts + 1
     where id = (
       select id from alert_notifications
        where id = ${id} and status = 'pending' and next_at <= clock()
          and (lease_until is null or lease_until <= clock())
          for update skip locked)
    returning *, ${handed} as handed`.execute(tx);
  return rows[0];
}

/** Checks and renews the lease right before the connection, and notes that a copy may leave from here on. */
export async function beginHandOver(tx: Tx, row: Leased): Promise<boolean> {
  const { numUpdatedRows } = await tx
    .updateTable('alert_notifications')
    .set({ lease_until: sql<Date>`clock() + ${interval(MAIL_LEASE)}`, facts: withHanded(1) })
    .where('id', '=', row.id)
    .where('attempts', '=', row.attempts)
    .where('status', '=', 'pending')
    .where('lease_until', '>', sql<Date>`clock()`)
    .executeTakeFirst();
  return numUpdatedRows > 0n;
}

/** Writes down what became of a try; true when the notification has failed for good. */
export async function settle(tx: Tx, row: Leased, outcome: Outcome, wasHanded: boolean): Promise<boolean> {
  if (outcome.is === 'sent') {
    await markSent(tx, row.id);
    return false;
  }
  const longest = Math.min(LONGEST_PAUSE, PAUSE * 2 ** Math.min(row.attempts - 1, 20));
  const pause = longest * (0.5 + Math.random() / 2);
  const undecided = outcome.is === 'undecided';
  const over = outcome.is === 'refused' || (undecided && row.handed + 1 >= HAND_OVERS);
  const settled = await tx
    .updateTable('alert_notifications')
    .set({
      lease_until: null,
      last_error: outcome.why,
      next_at: sql<Date>`clock() + ${interval(pause)}`,
      status: sql<'pending' | 'failed'>`
        case when ${over} or created_at <= clock() - ${interval(GIVE_UP_AFTER)} then 'failed' else 'pending' end`,
      facts: withHanded(wasHanded && !undecided ? -1 : 0),
    })
    .where('id', '=', row.id)
    .where('attempts', '=', row.attempts)
    .where('status', '=', 'pending')
    .returning('status')
    .executeTakeFirst();
  return settled?.status === 'failed';
}

/** A mail that was taken is sent, whoever holds the lease by now. */
async function markSent(tx: Tx, id: number): Promise<void> {
  await tx
    .updateTable('alert_notifications')
    .set({ status: 'sent', sent_at: sql<Date>`clock()`, lease_until: null, last_error: null })
    .where('id', '=', id)
    .where('status', '=', 'pending')
    .execute();
}
