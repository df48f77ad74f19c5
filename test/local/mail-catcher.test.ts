import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createTransport, type SendMailOptions } from 'nodemailer';
import { test as base, expect } from 'vitest';
import * as z from 'zod';
import { type MailCatcher, startMailCatcher } from '../../local/mail-catcher.ts';
import { openMailStore } from '../../local/mail-store.ts';

const Mail = z.object({
  id: z.string(),
  subject: z.string(),
  from: z.string(),
  to: z.array(z.string()),
  date: z.string(),
  messageId: z.string().nullable(),
  inReplyTo: z.string().nullable(),
  references: z.array(z.string()),
  text: z.string(),
});

const test = base
  .extend('home', async ({ task: _ }, { onCleanup }) => {
    const home = mkdtempSync(join(tmpdir(), 'kubescribe-mail-'));
    onCleanup(() => rmSync(home, { recursive: true, force: true }));
    return home;
  })
  .extend('catcher', async ({ home }, { onCleanup }): Promise<MailCatcher> => {
    const catcher = await startMailCatcher({ home });
    onCleanup(catcher.stop);
    return catcher;
  });

async function send(catcher: MailCatcher, mail: SendMailOptions): Promise<void> {
  const transport = createTransport({ url: catcher.url });
  await transport.sendMail({ from: 'bot@example.com', to: 'ops@example.com', text: 'hello', ...mail });
  transport.close();
}

async function get(catcher: MailCatcher, path: string, accept = 'text/html'): Promise<Response> {
  const answer = await catcher.handler(new Request(`http://localhost${path}`, { headers: { accept } }));
  if (!answer) throw new Error(`${path} is not the mailbox's`);
  return answer;
}

test('a mail is caught with its headers and read as JSON', async ({ catcher }) => {
  await send(catcher, {
    from: 'KubeScribe <bot@example.com>',
    subject: 'Größe überschritten',
    text: 'since 14:05',
    html: '<p>since 14:05</p>',
    messageId: '<2@example.com>',
    inReplyTo: '<1@example.com>',
    references: ['<0@example.com>', '<1@example.com>'],
    date: new Date('2026-03-01T14:05:00Z'),
  });

  const [mail] = z.array(Mail).parse(await (await get(catcher, '/mail', 'application/json')).json());

  expect(mail).toMatchObject({
    subject: 'Größe überschritten',
    from: 'KubeScribe <bot@example.com>',
    to: ['ops@example.com'],
    date: '2026-03-01T14:05:00.000Z',
    messageId: '<2@example.com>',
    inReplyTo: '<1@example.com>',
    references: ['<0@example.com>', '<1@example.com>'],
    text: expect.stringContaining('since 14:05'),
  });
});

test('mails survive a restart, newest first', async ({ home }) => {
  const before = await startMailCatcher({ home });
  await send(before, { subject: 'first' });
  await send(before, { subject: 'second' });
  await before.stop();

  const after = await startMailCatcher({ home });
  await send(after, { subject: 'third' });
  await after.stop();

  expect(after.list().map((mail) => mail.subject)).toEqual(['third', 'second', 'first']);
});

test('a fresh start has an empty mailbox', async ({ home }) => {
  const before = await startMailCatcher({ home });
  await send(before, {});
  await before.stop();

  const after = await startMailCatcher({ home, fresh: true });
  await after.stop();

  expect(after.list()).toEqual([]);
});

test('many at once are all kept, each under an id of its own', async ({ catcher }) => {
  await Promise.all(Array.from({ length: 20 }, (_, i) => send(catcher, { subject: `mail ${i}` })));

  expect(new Set(catcher.list().map((mail) => mail.id)).size).toBe(20);
});

test('the oldest go when there are too many, in memory and on disk', async ({ home }) => {
  const store = await openMailStore(home, 3);
  for (let i = 1; i <= 5; i++) await store.add(Buffer.from(`Subject: ${i}\r\n\r\nx`));

  expect(store.list().map((mail) => mail.subject)).toEqual(['5', '4', '3']);
  expect(readdirSync(home)).toHaveLength(3);
  expect((await openMailStore(home, 2)).list().map((mail) => mail.subject)).toEqual(['5', '4']);
});

test('what a killed process left half-written is no mail', async ({ home }) => {
  writeFileSync(join(home, '20260301T140500000Z-0001.eml.part'), 'Subject: half');

  expect((await openMailStore(home)).list()).toEqual([]);
});

test('the list groups a thread under its first mail', async ({ catcher }) => {
  const thread = { references: '<incident@example.com>' };
  await send(catcher, { ...thread, subject: 'Re: market-bars', text: 'it failed' });
  await send(catcher, { subject: 'another' });
  await send(catcher, { ...thread, subject: 'Re: market-bars', text: 'it recovered' });

  const page = await (await get(catcher, '/mail')).text();

  expect(page.match(/class="card thread"/g)).toHaveLength(2);
  expect(page).toMatch(/it failed.*class="mail reply".*it recovered.*another/s);
});

test('a mail has a page with its text, its headers and a sandbox for its HTML', async ({ catcher }) => {
  const html =
    '<html><head><title>x</title></head><body><script>alert(1)</script><a href="/">go</a></body></html>';
  await send(catcher, { subject: '<script>alert(1)</script>', text: 'plain & simple', html });
  const { id } = catcher.list()[0]!;

  const page = await (await get(catcher, `/mail/${id}`)).text();
  const part = await get(catcher, `/mail/${id}/html`);

  expect(page).toContain('<h1>&lt;script&gt;alert(1)&lt;/script&gt;</h1>');
  expect(page).toContain('plain &amp; simple');
  expect(page).toMatch(/Message-ID/i);
  expect(page).toMatch(new RegExp(`<iframe src="/mail/${id}/html"[^>]* sandbox="(?!.*allow-scripts)`));
  expect(part.headers.get('content-security-policy')).toMatch(
    /^sandbox (?!.*allow-(scripts|same-origin)).*default-src 'none'/,
  );
  expect(await part.text()).toContain('<head><base target="_blank">');
});

test('an empty mailbox says when the first mail comes', async ({ catcher }) => {
  expect(await (await get(catcher, '/mail')).text()).toContain('No mail yet');
});

test('a mail that is no more, and one without HTML, are answered by 404', async ({ catcher }) => {
  await send(catcher, { subject: 'plain' });

  expect((await get(catcher, '/mail/20200101T000000000Z-0001')).status).toBe(404);
  expect((await get(catcher, `/mail/${catcher.list()[0]!.id}/html`)).status).toBe(404);
});

test('other methods are refused, other paths are left to others', async ({ catcher }) => {
  const post = await catcher.handler(new Request('http://localhost/mail', { method: 'POST' }));

  expect(post?.status).toBe(405);
  expect(catcher.handler(new Request('http://localhost/mailing'))).toBeUndefined();
});

test('a mail above the limit is refused and not kept', async ({ catcher }) => {
  const text = 'x'.repeat(6 * 1024 * 1024);

  await expect(send(catcher, { text })).rejects.toThrow(/552|size/i);
  expect(catcher.list()).toEqual([]);
});

test('a taken port is an error', async ({ catcher, home }) => {
  const port = Number(new URL(catcher.url).port);

  await expect(startMailCatcher({ home, port })).rejects.toThrow('EADDRINUSE');
});
