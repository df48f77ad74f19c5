/** Events leave by a row that is written with what they tell, and are sent until their consumer has done its part. */
import { CloudEvent, HTTP } from 'cloudevents';
import { sql, type Transaction } from 'kysely';
import { commit, send } from '../boundary.ts';
import type { Db } from '../db/connect.ts';
import type { OutboxEvent, RunLog } from '../db/tables.ts';
import type { Service } from '../http/service.ts';
import { type EventData, type EventName, typeOf } from './event-types.ts';

const SECOND = 1000;

/** How long a sender waits for the Broker; a sync one answers only after all that follows. */
const PATIENCE = 2 * SECOND;
/** After this a row that is not done is sent again. */
const RESEND_AFTER = '10 seconds';
const BATCH = 100;
/** Batches that one relay sends at most; the next sweep goes on. */
const ROUNDS = 10;

export type Tx = Transaction<RunLog>;

export type NewEvent<N extends EventName = EventName> = {
  name: N;
  /** The function that tells. */
  by: string;
  /** `<pipeline>/<run_id>`, or what else the event is about. */
  subject: string;
  data: EventData<N>;
  runId?: string;
  checkpoint?: number;
  epoch?: number;
  extensions?: Record<string, string | number | boolean>;
  dueAt?: Date | undefined;
};

/** Within one epoch a run's events rank so; a later epoch ranks above. */
const rank = (name: EventName) =>
  name === 'run.requested'
    ? 0
    : name === 'run.started'
      ? 1
      : name === 'run.continue'
        ? 2
        : name === 'run.blocked'
          ? 3
          : 9;

/** Writes an event into the outbox. The same event twice stays one. */
export async function emit<N extends EventName>(tx: Tx, event: NewEvent<N>): Promise<void> {
  const ofRun = event.runId ? [event.checkpoint ?? 0, event.epoch ?? 0] : [];
  const id = [event.subject, event.name, ...ofRun].join(':');
  const extensions = {
    ...(event.runId && { sequence: (event.epoch ?? 0) * 10 + rank(event.name) }),
    ...event.extensions,
  };
  await tx
    .insertInto('outbox')
    .values({
      id,
      type: typeOf(event.name),
      source: `/kubescribe/${event.by}`,
      subject: event.subject,
      run_id: event.runId ?? null,
      checkpoint: event.checkpoint ?? null,
      extensions: JSON.stringify(extensions),
      data: JSON.stringify(event.data),
      due_at: event.dueAt ?? sql<Date>`clock()`,
    })
    .onConflict((conflict) => conflict.column('id').doNothing())
    .execute();
}

/** Says that the consumer has done its part; false when that was said before, or the row is gone. */
export async function markDone(tx: Tx, id: string): Promise<boolean> {
  const { numUpdatedRows } = await tx
    .updateTable('outbox')
    .set({ done_at: sql<Date>`clock()` })
    .where('id', '=', id)
    .where('done_at', 'is', null)
    .executeTakeFirst();
  return numUpdatedRows > 0n;
}

type Relay = { runlog: Db; config: { broker: string | undefined }; log: Service['log'] };

/** Sends what is due and was never sent; with `again`, also what was sent a while ago and is not done. */
export async function relay(service: Relay, options: { again?: boolean } = {}): Promise<void> {
  const { broker } = service.config;
  if (!broker) return;
  for (let round = 0; round < ROUNDS; round++) {
    const rows = await commit('outbox-take', service.runlog, (tx) => takeDue(tx, options.again ?? false));
    const posts = rows.map((row) => post(service, broker, row));
    // The POSTs stay open: a sync Broker cancels what follows when its publisher hangs up.
    await Promise.race([Promise.all(posts), new Promise((resolve) => setTimeout(resolve, PATIENCE).unref())]);
    if (rows.length < BATCH) return;
  }
}

async function takeDue(tx: Tx, again: boolean): Promise<OutboxEvent[]> {
  const { rows } = await sql<OutboxEvent>`
    update outbox set sent_at = clock(), sends = sends + 1
     where id in (
       select id from outbox
        where done_at is null and due_at <= clock()
          and (sent_at is null or (${again} and sent_at < clock() - ${RESEND_AFTER}::interval))
        order by due_at, id limit ${BATCH}
          for update skip locked)
    returning *`.execute(tx);
  return rows;
}

/** Only others consume these: nobody of ours marks them, so the Broker's word has to do. */
const doneAtAccepted = new Set([typeOf('run.started'), typeOf('notification.due')]);

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

/** Done rows stay this long: an event that comes again meanwhile is known. */
const KEEP_DONE = '7 days';
const PRUNE = 1000;

/** Deletes old rows that are done, a few at a time. */
export async function pruneOutbox(tx: Tx): Promise<void> {
  await sql`
    delete from outbox where id in (
      select id from outbox where done_at < clock() - ${KEEP_DONE}::interval order by done_at limit ${PRUNE})
  `.execute(tx);
}
