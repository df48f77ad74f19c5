import { expect, vi } from 'vitest';
import { down, test } from './telling.ts';

test('with the mail server down, a mail waits in its row and goes out once when a sweep wakes notify', async ({
  telling,
}) => {
  const { ended, deliver, settled, sweep, later, mailbox, host } = telling;
  const cutOff = host({ SMTP_URL: 'smtp://127.0.0.1:1' });

  await deliver(await ended(down), cutOff);
  expect(await settled()).toMatchObject([
    { status: 'pending', attempts: 1, last_error: expect.stringContaining('ECONNREFUSED') },
  ]);
  expect(await sweep()).toEqual([]);
  await later('1 minute');
  for (const due of await sweep()) {
    await deliver(due, cutOff);
    await settled();
  }
  await later('2 minutes');
  const [due] = await sweep();
  const answers = await Promise.all([deliver(due!), deliver(due!)]);

  expect(answers.map((answer) => answer.status)).toEqual([204, 204]);
  expect(await settled()).toMatchObject([{ status: 'sent', attempts: 3, last_error: null }]);
  expect(mailbox.mails).toHaveLength(1);
  await later('1 day');
  expect(await sweep()).toEqual([]);
  await deliver(due!);
  expect(mailbox.mails).toHaveLength(1);
});

test('a wake-up that the Broker lost is followed by the next sweep, one that waits is not doubled', async ({
  telling,
}) => {
  const { ended, deliver, settled, sweep, later, db, host } = telling;
  await deliver(await ended(down), host({ SMTP_URL: 'smtp://127.0.0.1:1' }));
  await settled();
  await later('1 minute');

  const lost = await sweep();
  await later('1 minute');
  const repeated = await sweep();
  await later('1 minute');
  await db.updateTable('outbox').set({ done_at: null }).where('id', '=', repeated[0]!.id).execute();
  const waiting = await sweep();

  expect([lost.length, repeated.length]).toEqual([1, 1]);
  expect(repeated[0]?.id).not.toBe(lost[0]?.id);
  expect(waiting.map(({ id }) => id)).toEqual([repeated[0]?.id]);
});

for (const [at, code] of [
  ['rcpt', 451],
  ['data', 452],
] as const) {
  test(`a ${code} at ${at} is tried again later`, async ({ telling }) => {
    const { ended, deliver, settled, sweep, later, mailbox } = telling;
    mailbox.become({ refuse: code, at });

    await deliver(await ended(down));
    expect(await settled()).toMatchObject([
      { status: 'pending', last_error: expect.stringContaining(String(code)) },
    ]);
    mailbox.become('take');
    await later('1 minute');
    await deliver((await sweep())[0]!);

    expect(await settled()).toMatchObject([{ status: 'sent' }]);
  });
}

for (const [at, code] of [
  ['rcpt', 550],
  ['data', 554],
] as const) {
  test(`a ${code} at ${at} is final`, async ({ telling }) => {
    const { ended, deliver, settled, sweep, later, mailbox } = telling;
    mailbox.become({ refuse: code, at });

    await deliver(await ended(down));

    expect(await settled()).toMatchObject([
      { status: 'failed', attempts: 1, last_error: expect.stringContaining(String(code)) },
    ]);
    await later('1 hour');
    expect(await sweep()).toEqual([]);
  });
}

test('after a day of tries a mail is given up', async ({ telling }) => {
  const { ended, deliver, settled, sweep, later, host } = telling;
  const cutOff = host({ SMTP_URL: 'smtp://127.0.0.1:1' });
  await deliver(await ended(down), cutOff);
  await settled();
  await later('1 day');

  await deliver((await sweep())[0]!, cutOff);

  expect(await settled()).toMatchObject([{ status: 'failed' }]);
});

test('after a cut behind the final dot, a second copy with the same Message-ID goes out', async ({
  telling,
}) => {
  const { ended, deliver, settled, sweep, later, mailbox } = telling;
  mailbox.become('cut');
  await deliver(await ended(down));
  expect(await settled()).toMatchObject([{ status: 'pending' }]);
  mailbox.become('take');
  await later('1 minute');

  await deliver((await sweep())[0]!);

  expect(await settled()).toMatchObject([{ status: 'sent' }]);
  expect(mailbox.mails).toHaveLength(2);
  expect(mailbox.mails[1]?.messageId).toBe(mailbox.mails[0]?.messageId);
});

test('however often the answer is cut off, there are two copies at most', async ({ telling }) => {
  const { ended, deliver, settled, sweep, later, mailbox } = telling;
  mailbox.become('cut');
  await deliver(await ended(down));
  await settled();

  for (const _ of [1, 2, 3]) {
    await later('1 hour');
    for (const due of await sweep()) await deliver(due);
    await settled();
  }

  expect(mailbox.mails).toHaveLength(2);
  expect(await settled()).toMatchObject([{ status: 'failed' }]);
});

test('a refused connection after a cut uses up no copy', async ({ telling }) => {
  const { ended, deliver, settled, sweep, later, mailbox, host } = telling;
  mailbox.become('cut');
  await deliver(await ended(down));
  await settled();
  const cutOff = host({ SMTP_URL: 'smtp://127.0.0.1:1' });
  for (const attempts of [2, 3]) {
    await later('1 hour');
    await deliver((await sweep())[0]!, cutOff);
    expect(await settled()).toMatchObject([{ attempts }]);
  }
  mailbox.become('take');
  await later('1 hour');

  await deliver((await sweep())[0]!);

  expect(await settled()).toMatchObject([{ status: 'sent' }]);
  expect(mailbox.mails).toHaveLength(2);
});

test('without SMTP_URL mails wait, and the log says so once', async ({ telling }) => {
  const { ended, deliver, rows, host, mailbox, sweep, settled } = telling;
  const mute = host({ SMTP_URL: '' });
  const warn = vi.spyOn(mute.log, 'warn');

  for (const lane of ['a', 'b']) expect((await deliver(await ended(down, { lane }), mute)).status).toBe(204);

  expect(await rows()).toMatchObject([
    { status: 'pending', attempts: 0 },
    { status: 'pending', attempts: 0 },
  ]);
  expect(warn).toHaveBeenCalledOnce();
  for (const due of await sweep()) await deliver(due);
  await settled();
  expect(mailbox.mails).toHaveLength(2);
});

test('a recipient that is no address fails alone', async ({ telling }) => {
  const { ended, deliver, settled, mailbox, host } = telling;

  await deliver(await ended(down), host({ NOTIFY_TO: 'nobody at all, ops@example.com' }));

  expect(await settled()).toMatchObject([
    { recipient: 'nobody at all', status: 'failed' },
    { recipient: 'ops@example.com', status: 'sent' },
  ]);
  expect(mailbox.mails).toHaveLength(1);
});
