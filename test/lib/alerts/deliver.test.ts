import { sql } from 'kysely';
import { expect, vi } from 'vitest';
import { deliver } from '../../../lib/alerts/deliver.ts';
import { beginHandOver, lease, MAIL_LEASE, settle } from '../../../lib/alerts/lease.ts';
import { commit } from '../../../lib/boundary.ts';
import { SMTP_PATIENCE } from '../../../lib/mail/send.ts';
import { down, type Telling, test } from '../../functions/telling.ts';
import { until } from '../../setup/until.ts';

const SHORT = 300;

/** A notification that nobody has begun to send. */
async function pending({ ended, deliver: take, host, rows }: Telling): Promise<number> {
  await take(await ended(down), host({ SMTP_URL: '' }));
  return (await rows())[0]!.id;
}

test('a lease outlives the deadline of SMTP', () => {
  expect(MAIL_LEASE).toBeGreaterThanOrEqual(2 * SMTP_PATIENCE);
});

test('a storm of failures opens four connections at a time', async ({ telling }) => {
  const { ended, deliver: take, settled, mailbox } = telling;
  const events = [];
  for (let i = 0; i < 20; i++) events.push(await ended(down, { lane: `lane-${i}` }));

  await Promise.all(events.map((event) => take(event)));

  expect((await settled()).map((row) => row.status)).toEqual(Array(20).fill('sent'));
  expect(mailbox.mails).toHaveLength(20);
  expect(mailbox.connections().together).toBeLessThanOrEqual(5);
});

test('a server that never answers is left at the deadline, and no copy has gone out', async ({ telling }) => {
  const { mailbox, service, rows } = telling;
  const id = await pending(telling);
  mailbox.become('silent');

  await deliver(service, [id], SHORT);

  expect(await rows()).toMatchObject([{ status: 'pending', lease_until: null, facts: { handed: 0 } }]);
  expect(mailbox.mails).toEqual([]);
});

test('a server that keeps the mail and never answers may have it: undecided', async ({
  telling,
  onTestFinished,
}) => {
  const { mailbox, service, rows } = telling;
  const id = await pending(telling);
  mailbox.become('silent after data');
  // The deadline comes when the server has the mail, however long that takes here.
  const deadline = new AbortController();
  const patience = vi.spyOn(AbortSignal, 'timeout').mockReturnValue(deadline.signal);
  onTestFinished(() => patience.mockRestore());

  const delivered = deliver(service, [id], SHORT);
  await until(() => mailbox.mails.length === 1);
  deadline.abort(new DOMException('late', 'TimeoutError'));
  await delivered;

  expect(patience.mock.calls).toEqual([[SHORT]]);
  expect(await rows()).toMatchObject([{ status: 'pending', facts: { handed: 1 } }]);
  expect(mailbox.mails).toHaveLength(1);
});

test('a sender that died while sending has used up a copy, one that died before has not', async ({
  telling,
}) => {
  const { service, db, later, mailbox, rows } = telling;
  const id = await pending(telling);
  await commit('test', db, (tx) => lease(tx, id));
  await later('2 minutes');
  for (const _ of [1, 2]) {
    await commit('test', db, async (tx) => beginHandOver(tx, (await lease(tx, id))!));
    await later('2 minutes');
  }

  await deliver(service, [id]);

  expect(mailbox.connections().all).toBe(0);
  expect(await rows()).toMatchObject([
    { status: 'failed', last_error: expect.stringContaining('may have arrived') },
  ]);
});

test('a lease that has run out, or was taken, opens no connection', async ({ telling }) => {
  const { db, later } = telling;
  const id = await pending(telling);

  const first = await commit('test', db, (tx) => lease(tx, id));
  const held = await commit('test', db, (tx) => lease(tx, id));
  await later('2 minutes');
  const late = await commit('test', db, (tx) => beginHandOver(tx, first!));
  const second = await commit('test', db, (tx) => lease(tx, id));
  const taken = await commit('test', db, (tx) => beginHandOver(tx, first!));
  const own = await commit('test', db, (tx) => beginHandOver(tx, second!));

  expect([held, late, taken, own]).toEqual([undefined, false, false, true]);
});

test('a sender that was stopped cannot undo what the next one did, but its success counts', async ({
  telling,
}) => {
  const { db, later, rows } = telling;
  const id = await pending(telling);
  const stale = (await commit('test', db, (tx) => lease(tx, id)))!;
  await later('2 minutes');
  const next = (await commit('test', db, (tx) => lease(tx, id)))!;

  await commit('test', db, (tx) => settle(tx, stale, { is: 'refused', why: 'late word' }, true));
  expect(await rows()).toMatchObject([{ status: 'pending', attempts: 2, last_error: null }]);
  await commit('test', db, (tx) => settle(tx, stale, { is: 'sent' }, true));
  await commit('test', db, (tx) => settle(tx, next, { is: 'refused', why: 'too late' }, true));

  expect(await rows()).toMatchObject([{ status: 'sent', last_error: null }]);
});

test('what the server said is kept without secrets', async ({ telling }) => {
  const { rows, host } = telling;
  const id = await pending(telling);

  await deliver(host({ SMTP_URL: 'smtp://me:hunter2@127.0.0.1:1' }), [id]);

  const [row] = await rows();
  expect(row?.last_error).toContain('ECONNREFUSED');
  expect(JSON.stringify(row)).not.toContain('hunter2');
});

test('a host that stops begins no further mail', async ({ telling }) => {
  const { rows, host, mailbox } = telling;
  const id = await pending(telling);
  const stopping = host();
  await sql`select 1`.execute(stopping.runlog);
  await stopping.drain(1000);

  await deliver(stopping, [id]);

  expect(await rows()).toMatchObject([{ status: 'pending', attempts: 0 }]);
  expect(mailbox.mails).toEqual([]);
});
