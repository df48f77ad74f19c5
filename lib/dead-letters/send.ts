/** Sending accepted replays through the Broker: after their commit, and again by the sweep until it has taken them. */
import { sql } from 'kysely';
import { commit, send } from '../boundary.ts';
import type { Db } from '../db/connect.ts';
import type { Json } from '../db/tables.ts';
import type { Tx } from '../events/outbox.ts';
import type { Service } from '../http/service.ts';
import { isOnItsWay } from './read.ts';

const SECOND = 1000;

/** How long a sender waits for the Broker; a sync one answers only after all that follows. */
const PATIENCE = 2 * SECOND;
/** After this a replay that the Broker did not take is sent again. */
const AGAIN_AFTER = '10 seconds';
const BATCH = 100;

type Sending = { runlog: Db; config: { broker: string | undefined }; log: Service['log'] };

type Due = {
  replay_id: number;
  dead_letter_id: number;
  event_id: string;
  event_source: string;
  event_type: string;
  subject: string | null;
  attributes: Json;
  body: string | null;
};

/** Sends what is due. What cannot be sent is no fault of the caller, whose transaction stands. */
export async function sendReplays(service: Sending): Promise<void> {
  const { broker } = service.config;
  if (!broker) return;
  try {
    const due = await commit('replay-take', service.runlog, takeDue);
    const posts = due.map((replay) => post(service, broker, replay));
    // The POSTs stay open: a sync Broker cancels what follows when its publisher hangs up.
    await Promise.race([Promise.all(posts), new Promise((resolve) => setTimeout(resolve, PATIENCE).unref())]);
  } catch (error) {
    service.log.warn({ error }, 'replays could not be sent; the next sweep does');
  }
}

async function takeDue(tx: Tx): Promise<Due[]> {
  const { rows } = await sql<Due>`
    with taken as (
      update dead_letter_replays set tried_at = clock(), sends = sends + 1
       where replay_id in (
         select replay_id from dead_letter_replays
          where ${isOnItsWay} and (tried_at is null or tried_at < clock() - ${AGAIN_AFTER}::interval)
          order by replay_id limit ${BATCH} for update skip locked)
      returning replay_id, dead_letter_id)
    select taken.*, event_id, event_source, event_type, subject, attributes, body
      from taken join dead_letters on dead_letters.id = taken.dead_letter_id`.execute(tx);
  return rows;
}

async function post(service: Sending, broker: string, replay: Due): Promise<void> {
  try {
    const response = await send('dead-letter-replay', broker, {
      method: 'POST',
      headers: headersOf(replay),
      body: replay.body ?? '',
    });
    await response.body?.cancel();
    if (!response.ok) throw new Error(`the Broker answered ${response.status}`);
    await commit('replay-taken', service.runlog, (tx) =>
      tx
        .updateTable('dead_letter_replays')
        .set({ taken_at: sql<Date>`clock()` })
        .where('replay_id', '=', replay.replay_id)
        .execute(),
    );
  } catch (error) {
    const { replay_id, event_id } = replay;
    service.log.warn({ error, replay: replay_id, event: event_id }, 'replay not taken by the Broker');
  }
}

/** The event as it came, by which replay it comes again, and without what Brokers write on their way. */
function headersOf(replay: Due): Record<string, string> {
  const { datacontenttype, ...attributes } = replay.attributes;
  const kept = Object.entries(attributes).filter(
    (entry): entry is [string, string] => typeof entry[1] === 'string' && !entry[0].startsWith('knative'),
  );
  const envelope: [string, string | null][] = [
    ['id', replay.event_id],
    ['source', replay.event_source],
    ['type', replay.event_type],
    ['subject', replay.subject],
    ['replayof', String(replay.dead_letter_id)],
  ];
  const headers = [...kept, ...envelope].flatMap(([name, text]) =>
    text === null ? [] : [[`ce-${name}`, text]],
  );
  if (typeof datacontenttype === 'string') headers.push(['content-type', datacontenttype]);
  return Object.fromEntries(headers);
}
