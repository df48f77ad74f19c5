/** The mailbox at /mail: what the catcher caught, as pages for people and as JSON for scripts. */
import { type Html, html } from '../console/html.ts';
import { pageResponse } from '../console/page.ts';
import { ago, clockTime, timeMark } from '../console/when.ts';
import type { CaughtMail, MailStore } from './mail-store.ts';
import { threadsOf } from './mail-threads.ts';
import type { ExtraRoutes } from './serving/gateway.ts';

const PATH = /^\/mail(?:\/(?<id>[^/]+)(?<as>\/html)?)?\/?$/;
const RUN_ID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;
/** Threads on the page; scripts get all mails. */
const SHOWN_THREADS = 100;

/** Answers /mail, /mail/ID and /mail/ID/html. */
export function mailPage(store: Pick<MailStore, 'list' | 'get'>): ExtraRoutes {
  return (request) => {
    const found = PATH.exec(new URL(request.url).pathname);
    if (!found) return undefined;
    return Promise.resolve(answer(request, found.groups?.id, found.groups?.as !== undefined));
  };

  function answer(request: Request, id: string | undefined, asHtml: boolean): Response {
    const { pathname } = new URL(request.url);
    if (request.method !== 'GET' && request.method !== 'HEAD') {
      return problem(405, 'Method not allowed', `${pathname} takes GET, not ${request.method}.`, {
        allow: 'GET',
      });
    }
    const json = wantsJson(request.headers.get('accept') ?? '');
    if (id === undefined) return json ? asJson(store.list()) : listPage(store.list());
    const mail = store.get(id);
    if (!mail || (asHtml && mail.html === null)) {
      return problem(
        404,
        'Not found',
        'No such mail was caught, or it was one of the oldest and has been dropped.',
      );
    }
    if (asHtml) return htmlPart(mail.html ?? '');
    return json ? asJson(mail) : onePage(mail, store.list());
  }
}

const wantsJson = (accept: string) => /\bapplication\/json\b/.test(accept) && !/\btext\/html\b/.test(accept);
const asJson = (body: unknown) => Response.json(body, { headers: { 'cache-control': 'no-store' } });

function problem(
  status: number,
  title: string,
  detail: string,
  headers: Record<string, string> = {},
): Response {
  return Response.json(
    { type: `/problems/${title.toLowerCase().replaceAll(' ', '-')}`, title, status, detail },
    { status, headers: { ...headers, 'content-type': 'application/problem+json' } },
  );
}

function listPage(mails: CaughtMail[]): Response {
  const now = new Date();
  const all = threadsOf(mails);
  const threads = all.slice(0, SHOWN_THREADS);
  const body = html`
<div class="title"><h1>Mailbox</h1><span class="dim">${mails.length === 0 ? 'empty' : `${mails.length} caught on this machine, none sent on`}</span></div>
${threads.map((thread) => html`<section class="card thread">${thread.map((mail, i) => line(mail, i, now))}</section>`)}
${all.length > SHOWN_THREADS && html`<p class="older dim">The newest ${SHOWN_THREADS} of ${all.length} threads; as JSON this page has every mail.</p>`}
${mails.length === 0 && empty}`;
  return pageResponse({ title: 'Mailbox', here: 'mail', local: true, body, readAt: now });
}

const empty = html`<div class="card"><p>No mail yet. One is sent when a run fails, and one more when it has recovered.</p>
<p class="dim">The last runs are on <a href="/">the page of runs</a>.</p></div>`;

function line(mail: CaughtMail, i: number, now: Date): Html {
  const at = new Date(mail.date);
  return html`
<a class="mail ${i > 0 ? 'reply' : ''}" href="/mail/${mail.id}"><b>${mail.subject}</b><span class="dim small">${clockTime(at, now)} UTC, ${ago(at, now)}</span>
<span class="opening">${mail.text.trim().slice(0, 300) || '(no text)'}</span><span class="dim small">to ${mail.to.join(', ')}</span></a>`;
}

function onePage(mail: CaughtMail, all: CaughtMail[]): Response {
  const now = new Date();
  const thread = threadsOf(all).find((mails) => mails.some(({ id }) => id === mail.id)) ?? [mail];
  const body = html`
<p class="trail small"><a href="/mail">Mailbox</a></p>
<div class="title"><h1>${mail.subject}</h1></div>
<section class="card"><dl><div class="wide"><dt>From</dt><dd>${mail.from}</dd></div><div class="wide"><dt>To</dt><dd>${mail.to.join(', ')}</dd></div><div><dt>Sent</dt><dd>${timeMark(new Date(mail.date), now, { seconds: true })} UTC</dd></div>${runLink(mail)}${mail.attachments.length > 0 && html`<div><dt>Attached</dt><dd>${mail.attachments.join(', ')}</dd></div>`}</dl></section>
${mail.html !== null && html`<h2>As a mail program shows it</h2><div class="sheet"><iframe src="/mail/${mail.id}/html" title="The mail’s HTML part" sandbox="allow-popups allow-popups-to-escape-sandbox"></iframe></div>`}
<h2>Text</h2><div class="card"><pre>${mail.text.trim() || '(none)'}</pre></div>
<h2>Headers</h2><div class="card"><dl class="headers">${mail.headers.map(({ name, value }) => html`<div><dt class="mono">${name}</dt><dd class="mono">${value}</dd></div>`)}</dl></div>
${thread.length > 1 && html`<h2>Its thread</h2><section class="card thread">${thread.map((one, i) => line(one, i, now))}</section>`}`;
  return pageResponse({ title: mail.subject, here: 'mail', local: true, body });
}

/** A mail of ours names its run. */
function runLink({ headers }: CaughtMail): Html | undefined {
  const run = headers.find(({ name }) => name.toLowerCase() === 'x-kubescribe-run')?.value.trim();
  if (!run || !RUN_ID.test(run)) return undefined;
  return html`<div><dt>Run</dt><dd><a href="/console/runs/${run}">${run.slice(-8)}</a></dd></div>`;
}

/** The mail's own HTML: no script, nothing from outside, links open beside the mailbox. */
function htmlPart(part: string): Response {
  const base = '<base target="_blank">';
  const page = /<head[\s>]/i.test(part) ? part.replace(/<head[^>]*>/i, (head) => head + base) : base + part;
  return new Response(page, {
    headers: {
      'content-type': 'text/html; charset=utf-8',
      'content-security-policy': [
        'sandbox allow-popups allow-popups-to-escape-sandbox',
        "default-src 'none'",
        "style-src 'unsafe-inline'",
        'img-src data:',
        "form-action 'none'",
        "frame-ancestors 'self'",
      ].join('; '),
      'referrer-policy': 'no-referrer',
      'x-content-type-options': 'nosniff',
      'cache-control': 'no-store',
    },
  });
}
