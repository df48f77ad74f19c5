import { expect } from 'vitest';
import { down, test } from './telling.ts';

test('a recovery comes into the thread of its failures', async ({ telling }) => {
  const { ended, deliver, settled, mailbox } = telling;
  await deliver(await ended({ status: 'SUCCESS' }));
  for (const end of [down, { ...down, status: 'TIMEOUT' as const }, { status: 'SUCCESS' as const }]) {
    await deliver(await ended(end));
    await settled();
  }

  const [first, second, recovery] = mailbox.mails;
  expect(mailbox.mails.map((mail) => mail.subject)).toEqual([
    'market-bars failed',
    'Re: market-bars failed',
    'Re: market-bars failed',
  ]);
  expect(first?.references).toMatch(/^<\w+@kubescribe\.example>$/);
  expect([second?.references, recovery?.references]).toEqual([first?.references, first?.references]);
  expect(recovery?.inReplyTo).toBe(first?.references);
  expect(new Set(mailbox.mails.map((mail) => mail.messageId)).size).toBe(3);
  expect(recovery?.text).toMatch(
    /^Recovered: market-bars works again\.\nIt had failed since .* \(2 failed runs\)\./,
  );
});

test('the next incident, and another lane, are other threads', async ({ telling }) => {
  const { ended, deliver, settled, mailbox } = telling;
  for (const [end, lane] of [
    [down, ''],
    [down, 'EUR'],
    [{ status: 'SUCCESS' } as const, ''],
    [down, ''],
  ] as const) {
    await deliver(await ended(end, { lane }));
    await settled();
  }

  const [first, other, recovery, next] = mailbox.mails.map((mail) => mail.references);
  expect(recovery).toBe(first);
  expect(new Set([first, other, next]).size).toBe(3);
  expect(mailbox.mails[1]?.subject).toBe('market-bars (EUR) failed');
});
