/** Entering an event: its notification rows and the end of the event are one transaction. */
import type { Config } from '../config.ts';
import { markDone, type Tx } from '../events/outbox.ts';
import { domainOf, parseAddress } from '../mail/address.ts';
import type { Alarm } from './alarm.ts';
import { messageId, threadOf } from './thread.ts';

/**
 * Marks the event done and writes a row a recipient, whose ids it gives back. An event that was done before, or that
 * RunLog does not know, writes nothing.
 */
export async function enter(
  tx: Tx,
  eventId: string,
  alarm: Alarm | undefined,
  { notifyTo, notifyFrom }: Pick<Config, 'notifyTo' | 'notifyFrom'>,
): Promise<number[]> {
  const first = await markDone(tx, eventId);
  if (!first || !alarm || notifyTo.length === 0) return [];
  const { transition, pipeline, runId, since, why } = alarm;
  // Thousands of slots may fail of one cause: a backfill is told of once.
  const subject = (await backfillOf(tx, runId)) ?? alarm.subject;
  const domain = domainOf(notifyFrom);
  const thread = await threadOf(tx, alarm, domain);
  const facts = JSON.stringify({ thread, since, why });
  const rows = notifyTo.map((to) => {
    const recipient = parseAddress(to)?.address ?? to;
    return {
      subject,
      transition,
      channel: 'email' as const,
      recipient,
      pipeline,
      run_id: runId ?? null,
      facts,
      message_id: messageId(domain, subject, transition, 'email', recipient),
    };
  });
  const entered = await tx
    .insertInto('alert_notifications')
    .values(rows)
    .onConflict((conflict) => conflict.doNothing())
    .returning('id')
    .execute();
  return entered.map((row) => row.id);
}

async function backfillOf(tx: Tx, runId: string | undefined): Promise<string | undefined> {
  if (!runId) return undefined;
  const request = await tx
    .selectFrom('run_requests')
    .select('backfill_id')
    .where('run_id', '=', runId)
    .executeTakeFirst();
  return request?.backfill_id ?? undefined;
}
