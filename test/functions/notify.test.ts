import { expect } from 'vitest';
import { down, pipeline, test } from './telling.ts';

test('a failed run is mailed once, and its event is done', async ({ telling }) => {
  const { ended, deliver, settled, mailbox, openEvents } = telling;
  const event = await ended(down);

  const response = await deliver(event);

  expect(response.status).toBe(204);
  expect(await response.text()).toBe('');
  expect(await settled()).toMatchObject([
    { subject: event.run_id, transition: 'failed', recipient: 'ops@example.com', status: 'sent' },
  ]);
  expect(mailbox.mails).toMatchObject([{ subject: 'market-bars failed', envelopeTo: ['ops@example.com'] }]);
  expect(await openEvents()).toEqual([]);
});

test('each recipient gets a mail of their own', async ({ telling }) => {
  const { ended, deliver, settled, mailbox, host } = telling;
  const service = host({ NOTIFY_TO: 'Ops <ops@example.com>, dev@example.com, ops@example.com' });

  await deliver(await ended(down), service);
  await settled();

  expect(mailbox.mails.map((mail) => mail.envelopeTo)).toEqual([['ops@example.com'], ['dev@example.com']]);
  expect(new Set(mailbox.mails.map((mail) => mail.messageId)).size).toBe(2);
});

test('an event that comes again sends nothing again', async ({ telling }) => {
  const { ended, deliver, settled, mailbox } = telling;
  const event = await ended(down);

  await deliver(event);
  await settled();
  const again = await deliver(event);

  expect(again.status).toBe(204);
  expect(await settled()).toHaveLength(1);
  expect(mailbox.mails).toHaveLength(1);
});

test('eight deliveries at once to two instances make one mail', async ({ telling }) => {
  const { ended, deliver, settled, mailbox, host, service } = telling;
  const event = await ended(down);
  const hosts = [service, host()];

  const responses = await Promise.all(Array.from({ length: 8 }, (_, i) => deliver(event, hosts[i % 2])));

  expect(responses.map((response) => response.status)).toEqual(Array(8).fill(204));
  expect(await settled()).toMatchObject([{ status: 'sent', attempts: 1 }]);
  expect(mailbox.mails).toHaveLength(1);
});

test('an event that RunLog does not know writes nothing', async ({ telling }) => {
  const { ended, deliver, rows } = telling;
  const event = await ended(down);

  const response = await deliver({ ...event, id: 'forged' });

  expect(response.status).toBe(204);
  expect(await rows()).toEqual([]);
});

test('a poison event is refused within 512 bytes and changes nothing', async ({ telling }) => {
  const { ended, deliver, rows, openEvents } = telling;
  const event = await ended(down);

  const refused = [
    await deliver({ ...event, data: { run_id: 'x'.repeat(5000) } }),
    await deliver({ ...event, type: 'dev.kubescribe.run.requested' }),
  ];

  expect(refused.map((response) => response.status)).toEqual([422, 422]);
  for (const response of refused) expect((await response.text()).length).toBeLessThanOrEqual(512);
  expect(await rows()).toEqual([]);
  expect(await openEvents()).toEqual([event.id]);
});

test('while RunLog is away the event is to come again', async ({ telling }) => {
  const { ended, deliver, host } = telling;
  const away = host({ RUNLOG_DB_URL: 'postgres://nobody@127.0.0.1:1/none' });

  const response = await deliver(await ended(down), away);

  expect(response.status).toBe(503);
});

test('cancellations and plain successes are done without a mail', async ({ telling }) => {
  const { ended, deliver, rows, openEvents } = telling;

  await deliver(await ended({ status: 'CANCELLED', code: 'CANCELLED', message: 'by hand' }));
  await deliver(await ended({ status: 'SUCCESS' }));

  expect(await rows()).toEqual([]);
  expect(await openEvents()).toEqual([]);
});

test('with nobody to tell, a failure is done all the same', async ({ telling }) => {
  const { ended, deliver, rows, host, openEvents } = telling;

  await deliver(await ended(down), host({ NOTIFY_TO: '' }));

  expect(await rows()).toEqual([]);
  expect(await openEvents()).toEqual([]);
});

test('a blocked run is mailed with its cause while it goes on', async ({ telling }) => {
  const { deliver, settled, mailbox, db, ended } = telling;
  const event = await ended(down);
  const data = { run_id: event.run_id, pipeline, since: '2026-01-02T03:04:00.000Z', why: 'no way to it' };
  const blocked = { ...event, id: 'blocked', type: 'dev.kubescribe.run.blocked', data };
  await db
    .insertInto('outbox')
    .values({ ...blocked, extensions: '{}', data: JSON.stringify(data) })
    .execute();

  await deliver(blocked);
  await settled();

  expect(mailbox.mails[0]?.subject).toBe('market-bars is blocked');
  expect(mailbox.mails[0]?.text).toContain('Since 2 Jan 2026, 03:04 UTC.');
});

test('the missed slots of one gap are one mail', async ({ telling }) => {
  const { deliver, settled, mailbox, db, openEvents } = telling;
  const gap = '2026-01-02T03:00:00.000Z';
  for (const slot of [gap, '2026-01-02T04:00:00.000Z']) {
    const data = { pipeline, slot, gap, why: 'nobody was there' };
    const event = {
      id: `missed ${slot}`,
      type: 'dev.kubescribe.slot.missed',
      source: '/kubescribe/trigger',
      subject: `${pipeline}/${slot}`,
      data,
    };
    await db
      .insertInto('outbox')
      .values({ ...event, data: JSON.stringify(data) })
      .execute();
    await deliver(event);
  }

  expect(await settled()).toMatchObject([{ subject: `market-bars/${gap}`, transition: 'missed' }]);
  expect(mailbox.mails).toMatchObject([{ subject: 'market-bars missed a slot' }]);
  expect(await openEvents()).toEqual([]);
});

test('rows of other notifications and events stay as they are', async ({ telling }) => {
  const { ended, deliver, settled, rows, openEvents } = telling;
  await deliver(await ended(down));
  await settled();
  const other = await ended(down);
  const before = await rows();

  await deliver(await ended({ status: 'SUCCESS' }));
  await settled();

  expect((await rows()).slice(0, 1)).toEqual(before);
  expect(await openEvents()).toEqual([other.id]);
});
