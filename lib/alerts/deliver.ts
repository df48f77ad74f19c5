/** Sending what is pending: lease, gather, compose, check, hand over, settle. */
import { setTimeout as wait } from 'node:timers/promises';
import { commit, handOver } from '../boundary.ts';
import type { Service } from '../http/service.ts';
import { describeError } from '../logs/redact.ts';
import { parseAddress } from '../mail/address.ts';
import { compose } from '../mail/compose.ts';
import { type Outcome, SMTP_PATIENCE, sendMail } from '../mail/send.ts';
import { gatherFacts } from './facts.ts';
import { beginHandOver, HAND_OVERS, type Leased, lease, settle } from './lease.ts';
import { inTurn } from './turns.ts';

const SECOND = 1000;
/** Pauses between tries to write an outcome down: were it lost, a second copy would go out. */
const INSIST = [0, SECOND / 2, 2 * SECOND, 5 * SECOND];

const warned = new WeakSet<Service['config']>();

/** Sends notifications one after the other, each at most `patience` ms; whatever fails is tried again from its row. */
export async function deliver(
  service: Service,
  ids: readonly number[],
  patience: number = SMTP_PATIENCE,
): Promise<void> {
  const { smtpUrl } = service.config;
  if (!smtpUrl) {
    if (!warned.has(service.config)) service.log.warn('SMTP_URL is not set: mails wait until it is');
    warned.add(service.config);
    return;
  }
  for (const id of ids) await inTurn(service, () => deliverOne(service, id, smtpUrl, patience));
}

async function deliverOne(service: Service, id: number, smtpUrl: string, patience: number): Promise<void> {
  if (service.draining.aborted) return;
  const row = await commit('lease-mail', service.runlog, (tx) => lease(tx, id));
  if (row) await attempt(service, row, smtpUrl, patience);
}

async function attempt(service: Service, row: Leased, smtpUrl: string, patience: number): Promise<void> {
  let handed = false;
  const outcome = await (async (): Promise<Outcome | { is: 'lost' }> => {
    if (row.handed >= HAND_OVERS)
      return { is: 'refused', why: 'it may have arrived: answers were lost twice' };
    if (!parseAddress(row.recipient))
      return { is: 'refused', why: 'NOTIFY_TO held this, which is no mail address' };
    const mail = compose(row, await gatherFacts(service.runlog, row), service.config);
    handed = await commit('begin-hand-over', service.runlog, (tx) => beginHandOver(tx, row));
    if (!handed) return { is: 'lost' };
    return handOver('send mail', () => sendMail(smtpUrl, mail, patience));
  })().catch((error): Outcome => ({ is: 'put-off', why: describeError(error).message }));

  const facts = { notification: row.id, run: row.run_id, transition: row.transition, outcome };
  if (outcome.is === 'lost') return service.log.warn(facts, 'mail not sent: its lease was lost');
  const failed = await insist(() =>
    commit('settle-mail', service.runlog, (tx) => settle(tx, row, outcome, handed)),
  );
  if (outcome.is === 'sent') service.log.info(facts, 'mail sent');
  else if (failed) service.log.error(facts, 'mail given up');
  else service.log.warn(facts, 'mail put off');
}

async function insist<T>(work: () => Promise<T>): Promise<T> {
  let last: unknown;
  for (const pause of INSIST) {
    await wait(pause);
    try {
      return await work();
    } catch (error) {
      last = error;
    }
  }
  throw last;
}
