/** Sending what the outbox holds, as often as it takes. */
import { CloudEvent, HTTP } from 'cloudevents';
import { sql } from 'kysely';
import { commit, send } from '../boundary.ts';
import type { Db } from '../db/connect.ts';
import type { OutboxEvent } from '../db/tables.ts';
import type { Service } from '../http/service.ts';
import { typeOf } from './event-types.ts';
import { markDone, type Tx } from './outbox.ts';

const SECOND = 1000;

/** How long a sender waits for the Broker; a sync one answers only after all that follows. */
const PATIENCE = 2 * SECOND;
/** After this a row that is not done is sent again. */
const RESEND_AFTER = '10 seconds';
const BATCH = 100;
/** Batches that one relay sends at most; the next sweep goes on. */
const ROUNDS = 10;

type Relay = { runlog: Db; config: { broker: string | undefined }; log: Service['log'] };

/**
 * Sends what is due and was never sent; with `again`, also what was sent a while ago and is not done. What it cannot
 * send is no fault of its caller, whose transaction stands: the sweep sends it.
 */
export async function relay(service: Relay, options: { again?: boolean } = {}): Promise<void> {
  const { broker } = service.config;
  if (!broker) return;
  try {
    await sendDue(service, broker, options.again ?? false);
  } catch (error) {
    service.log.warn({ error }, 'the outbox could not be sent; the next sweep does');
  }
}

async function sendDue(service: Relay, broker: string, again: boolean): Promise<void> {
  for (let round = 0; round < ROUNDS; round++) {
    const rows = await commit('outbox-take', service.runlog, (tx) => takeDue(tx, again));
    const posts = rows.map((row) => post(service, broker, row));
    // The POSTs stay open: a sync Broker cancels what follows when its publisher hangs up.
    await Promise.race([Promise.all(posts), new Promise((resolve) => setTimeout(resolve, PATIENCE).unref())]);
    if (rows.length < BATCH) return;
  }
}

/** What runs wait for comes first: a long absence leaves thousands of missed slots to tell. */
async function takeDue(tx: Tx, again: boolean): Promise<OutboxEvent[]> {
  const { rows } = await sql<OutboxEvent>`
    update outbox set sent_at = clock(), sends = sends + 1
     where id in (
       select id from outbox
        where done_at is null and due_at <= clock()
          and (sent_at is null or (${again} and sent_at < clock() - ${RESEND_AFTER}::interval))
        order by run_id is null, due_at, id limit ${BATCH}
          for update skip locked)
    returning *`.execute(tx);
  return rows;
}

/** Only others consume these: nobody of ours marks them, so the Broker's word has to do. */
const doneAtAccepted = new Set([typeOf('run.started'), typeOf('notification.due'), typeOf('upkeep.due')]);

async function post(service: Relay, broker: string, row: OutboxEvent): Promise<void> {
  const event = new CloudEvent({
    id: row.id,
    type: row.type,
    source: row.source,
    subject: row.subject,
    time: row.time.toISOString(),
    datacontenttype: 'application/json',
    data: row.data,
    ...row.extensions,
  });
  const { headers, body } = HTTP.binary(event);
  try {
    const response = await send(`send ${row.type}`, broker, {
      method: 'POST',
      headers: headers as Record<string, string>,
      body: body as string,
    });
    await response.body?.cancel();
    if (!response.ok) throw new Error(`the Broker answered ${response.status}`);
    if (doneAtAccepted.has(row.type)) {
      await commit('outbox-accepted', service.runlog, (tx) => markDone(tx, row.id));
    }
  } catch (error) {
    service.log.warn({ error, event: row.id }, 'event not taken by the Broker; it is sent again');
  }
}
