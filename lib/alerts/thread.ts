/** The mail thread of an incident: a root that no mail has to have, and one title for all its mails. */
import { createHash } from 'node:crypto';
import type { Notification } from '../db/tables.ts';
import type { Tx } from '../events/outbox.ts';
import type { Alarm } from './alarm.ts';
import { incidentOf } from './incident.ts';

export type Thread = {
  /** The Message-ID that all mails of the thread refer to. */
  root: string;
  /** Gmail also groups by the subject, so it stays the same. */
  title: string;
  /** Others have come before. */
  reply: boolean;
};

const titles: Record<Notification['transition'], string> = {
  failed: 'failed',
  'timed-out': 'timed out',
  blocked: 'is blocked',
  recovered: 'failed',
  missed: 'missed a slot',
  paused: 'is paused',
};

/** A Message-ID that comes out the same whenever it is made of the same parts. */
export function messageId(domain: string, ...parts: string[]): string {
  const hash = createHash('sha256').update(JSON.stringify(parts)).digest('hex').slice(0, 32);
  return `<${hash}@${domain}>`;
}

/** The thread that an alarm's mails belong to. */
export async function threadOf(tx: Tx, alarm: Alarm, domain: string): Promise<Thread> {
  const { pipeline, runId, subject } = alarm;
  // A pause outlasts the failures that led to it, and waits for somebody: no answer to an old mail.
  if (!runId || alarm.transition === 'paused') {
    return {
      root: messageId(domain, 'thread', subject),
      title: `${pipeline} ${titles[alarm.transition]}`,
      reply: false,
    };
  }
  const { root, rootStatus, lane } = await incidentOf(tx, runId);
  const opened = await firstTransition(tx, root);
  const ended = rootStatus === 'TIMEOUT' ? 'timed-out' : 'failed';
  const transition = opened ?? (alarm.transition === 'recovered' ? ended : alarm.transition);
  const name = lane === '' ? pipeline : `${pipeline} (${lane})`;
  return {
    root: messageId(domain, 'thread', root),
    title: `${name} ${titles[transition]}`,
    reply: opened !== undefined || alarm.transition === 'recovered' || root !== runId,
  };
}

async function firstTransition(tx: Tx, runId: string): Promise<Notification['transition'] | undefined> {
  const row = await tx
    .selectFrom('alert_notifications')
    .select('transition')
    .where('subject', '=', runId)
    .orderBy('id')
    .limit(1)
    .executeTakeFirst();
  return row?.transition;
}
