import { randomUUID } from 'node:crypto';
import { sql } from 'kysely';
import notify from '../../functions/notify.ts';
import { tellDue } from '../../lib/alerts/due.ts';
import { commit } from '../../lib/boundary.ts';
import { loadConfig } from '../../lib/config.ts';
import type { Db } from '../../lib/db/connect.ts';
import type { Notification, OutboxEvent } from '../../lib/db/tables.ts';
import { router } from '../../lib/http/router.ts';
import { createService, type ServiceHandle } from '../../lib/http/service.ts';
import { expireAndAdmit } from '../../lib/requests/admit.ts';
import { ask } from '../../lib/requests/ask.ts';
import { claim } from '../../lib/work/claim.ts';
import { type End, endRun } from '../../lib/work/end.ts';
import { type Mailbox, openMailbox } from '../lib/mail/mailbox.ts';
import { test as base } from '../setup/fixtures.ts';

export const pipeline = 'market-bars';
export const down: End = { status: 'ERROR', code: 'SOURCE_DOWN', message: 'the source did not answer' };

/** `notify` on a RunLog of the test's own, with an SMTP server that can be in several moods. */
export type Telling = {
  db: Db;
  mailbox: Mailbox;
  service: ServiceHandle;
  /** Another instance of `notify`, with other settings. */
  host(env?: Record<string, string>): ServiceHandle;
  /** Runs a pipeline to an end, with all that RunLog then holds; gives back the event of its end. */
  ended(end: End, past?: Past): Promise<OutboxEvent>;
  /** A delivery of an event to `notify`, by one of its instances. */
  deliver(event: Delivered, service?: ServiceHandle): Promise<Response>;
  rows(): Promise<Notification[]>;
  /** Waits until nobody sends any more. */
  settled(): Promise<Notification[]>;
  /** What a sweep emits; the events are gone from the outbox' open ones, as when a Broker took them. */
  sweep(): Promise<OutboxEvent[]>;
  later(interval: string): Promise<void>;
  /** Ids of the events that are not done; without what only others consume. */
  openEvents(): Promise<string[]>;
};

/** What a run leaves behind in RunLog. */
type Past = { lane?: string; logs?: string[]; books?: { read: number; written: number; rejected: number } };

type Delivered = Pick<OutboxEvent, 'id' | 'type' | 'source' | 'subject' | 'data'>;

export const test = base.extend('telling', async ({ runlog, ends: _ }, { onCleanup }): Promise<Telling> => {
  const mailbox = await openMailbox();
  const hosts: ServiceHandle[] = [];
  const sending: Promise<unknown>[] = [];
  const host: Telling['host'] = (env = {}) => {
    const config = loadConfig({
      RUNLOG_DB_URL: runlog,
      SMTP_URL: mailbox.url,
      NOTIFY_TO: 'ops@example.com',
      NOTIFY_FROM: 'KubeScribe <bot@kubescribe.example>',
      PUBLIC_URL: 'http://console.example',
      LOG_LEVEL: 'silent',
      ...env,
    });
    const made = createService(config);
    hosts.push(made);
    const { inFlight } = made;
    made.inFlight = (work) => {
      sending.push(work);
      inFlight(work);
    };
    return made;
  };
  onCleanup(async () => {
    await Promise.all(hosts.map((made) => made.drain(5000)));
    await mailbox.stop();
  });
  const service = host();
  const db = service.runlog;
  await db.insertInto('pipelines').values({ name: pipeline }).execute();
  const rows = () => db.selectFrom('alert_notifications').selectAll().orderBy('id').execute();

  return {
    db,
    mailbox,
    service,
    host,
    rows,
    ended: (end, past = {}) => runToEnd(db, end, past),
    deliver: (event, by = service) => router(notify.routes, by)(delivery(event)),
    async settled() {
      await Promise.allSettled(sending);
      return rows();
    },
    async sweep() {
      await commit('test', db, tellDue);
      const { rows: told } = await sql<OutboxEvent>`
        update outbox set done_at = clock()
         where type = 'dev.kubescribe.notification.due' and done_at is null returning *`.execute(db);
      return told;
    },
    async openEvents() {
      const open = await db
        .selectFrom('outbox')
        .select('id')
        .where('done_at', 'is', null)
        .where('type', '<>', 'dev.kubescribe.run.started')
        .execute();
      return open.map((event) => event.id);
    },
    async later(interval) {
      await sql`insert into clock_shift (shift) values (${interval}::interval)
        on conflict (singleton) do update set shift = clock_shift.shift + excluded.shift`.execute(db);
    },
  };
});

async function runToEnd(db: Db, end: End, { lane = '', logs = [], books }: Past) {
  const runId = randomUUID();
  await commit('test', db, async (tx) => {
    const wish = { runId, pipeline, lane, params: {}, timeout: 600 };
    await ask(tx, { ...wish, kind: 'person', trigger: 'api', source: 'ci' }, 'queue-all');
    await expireAndAdmit(tx, pipeline);
    const work = await claim(tx, runId, 0);
    for (const message of logs) {
      await tx.insertInto('logs').values({ type: 'job', job_run_id: runId, message }).execute();
    }
    if (books) {
      const none = { unchanged: 0, deduped: 0, failed: 0 };
      await tx
        .insertInto('batch_books')
        .values({ run_id: runId, task: 'ingest', batch: 1, ...none, ...books, rejected_by: '{}' })
        .execute();
    }
    await endRun(tx, work!, end);
  });
  return db
    .selectFrom('outbox')
    .selectAll()
    .where('run_id', '=', runId)
    .where('type', 'not in', ['dev.kubescribe.run.requested', 'dev.kubescribe.run.started'])
    .executeTakeFirstOrThrow();
}

/** An event in binary mode, as a Broker delivers it. */
function delivery({ id, type, source, subject, data }: Delivered): Request {
  const attributes = { specversion: '1.0', id, type, source, subject };
  const headers = Object.entries(attributes).map(([name, value]): [string, string] => [`ce-${name}`, value]);
  return new Request('http://notify/', {
    method: 'POST',
    headers: [...headers, ['content-type', 'application/json']],
    body: JSON.stringify(data),
  });
}
