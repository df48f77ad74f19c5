import { expect } from 'vitest';
import { down, pipeline, test } from '../../functions/telling.ts';

test('a mail says first what a phone shows: what, since when, why, where, and what comes next', async ({
  telling,
}) => {
  const { ended, deliver, settled, mailbox, db } = telling;
  await db
    .insertInto('schedules')
    .values({ pipeline, cron: '0 6 * * *', timezone: 'Europe/Zurich', written_by: 'test' })
    .execute();
  const good = await ended({ status: 'SUCCESS' });
  const logs = Array.from({ length: 25 }, (_, i) => `line ${i + 1}`);
  const event = await ended(down, { logs, books: { read: 1200, written: 1000, rejected: 200 } });

  await deliver(event);
  await settled();

  const text = mailbox.mails[0]?.text ?? '';
  const [headline, since, , cause, , link, , last, lastUrl, next] = text.split('\n');
  expect(headline).toBe('market-bars failed.');
  expect(since).toMatch(/^Since \d+ \w{3,4} \d{4}, \d\d:\d\d (CET|CEST|GMT\+[12]) \(1 failed run\)\.$/);
  expect(cause).toBe('SOURCE_DOWN: the source did not answer');
  expect(link).toBe(`Open run: http://console.example/console/runs/${event.run_id}`);
  expect(last).toMatch(/^Last good run: \d/);
  expect(lastUrl).toBe(`  http://console.example/console/runs/${good.run_id}`);
  expect(next).toMatch(/^Next slot: .* 06:00 /);
  expect(text).toMatch(/Component: market-bars\nRun: .*\nStatus: ERROR\nTrigger: api\nSource: ci\n/);
  expect(text).toContain('Attempts: 1');
  expect(text).toContain('Rows: 1,200 read, 1,000 written, 200 rejected');
  // The last of twenty is that it failed.
  expect(text.match(/info {2}line (\d+)/g)?.map((line) => line.slice(11))).toEqual(
    logs.slice(6).map((l) => l.slice(5)),
  );
  expect(text).toMatch(/error Job failed/);
});

test('text comes before HTML, and the headers keep robots quiet', async ({ telling }) => {
  const { ended, deliver, settled, mailbox } = telling;
  const event = await ended(down);

  await deliver(event);
  await settled();

  const [mail] = mailbox.mails;
  expect(mail?.raw.indexOf('text/plain')).toBeLessThan(mail?.raw.indexOf('text/html') ?? -1);
  expect(mail?.header('auto-submitted')).toBe('auto-generated');
  expect(mail?.header('x-auto-response-suppress')).toBe('All');
  expect(mail?.header('x-kubescribe-run')).toBe(event.run_id);
  expect(mail?.from).toMatchObject({ name: 'KubeScribe', address: 'bot@kubescribe.example' });
  expect(mail?.html).not.toMatch(/<img|<script|<style|<link/);
});

test('hostile text makes no header, no recipient, no markup and no line of its own', async ({ telling }) => {
  const { ended, deliver, settled, mailbox } = telling;
  const hostile = 'x\r\nBcc: evil@example.com\r\n\r\n<script>alert(1)</script>\u202e"&\'';

  await deliver(
    await ended(
      { status: 'ERROR', code: `BAD${hostile}`, message: `${hostile} \u2028 <img src=x onerror=y>` },
      { lane: hostile, logs: [hostile, '</pre><b>log</b>'] },
    ),
  );
  await settled();

  const [mail] = mailbox.mails;
  expect(mail?.envelopeTo).toEqual(['ops@example.com']);
  expect(mail?.to).toMatchObject([{ address: 'ops@example.com' }]);
  expect(mail?.header('bcc')).toBeUndefined();
  expect(mail?.subject).toContain('market-bars (x Bcc: evil@example.com');
  expect(mail?.html).not.toMatch(/<script|<img|<b>|\u202e|\u2028/i);
  expect(mail?.html).toContain('&lt;script&gt;alert(1)&lt;/script&gt;');
  expect(mail?.text).not.toMatch(/\u202e|\u2028|^Bcc:/m);
});

test('secrets that slipped into a run do not leave by mail', async ({ telling }) => {
  const { ended, deliver, settled, mailbox } = telling;
  const secret = 'postgres://me:hunter2@prod/db password=hunter2';

  await deliver(await ended({ ...down, message: secret }, { logs: [secret] }));
  await settled();

  expect(mailbox.mails).toHaveLength(1);
  expect(mailbox.mails[0]?.text).toContain('[hidden]');
  expect(`${mailbox.mails[0]?.text}${mailbox.mails[0]?.html}`).not.toContain('hunter2');
});

test('a recovery says so before it is opened', async ({ telling }) => {
  const { ended, deliver, settled, mailbox } = telling;
  await ended(down);

  await deliver(await ended({ status: 'SUCCESS' }));
  await settled();

  const [mail] = mailbox.mails;
  expect(mail?.subject).toBe('Re: market-bars failed');
  expect(mail?.html).toMatch(/display:none[^>]*>Recovered: market-bars works again\./);
  expect(mail?.text).not.toContain('SOURCE_DOWN');
});

test('without a public address there is no link to nowhere', async ({ telling }) => {
  const { ended, deliver, settled, mailbox, host } = telling;

  await deliver(await ended(down), host({ PUBLIC_URL: '' }));
  await settled();

  expect(mailbox.mails[0]?.text).not.toContain('http');
  expect(mailbox.mails[0]?.html).not.toContain('href');
});
