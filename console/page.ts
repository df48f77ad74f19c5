/** The frame of every page for people: head, navigation, and a policy that lets in nothing but ours. */
import { createHash } from 'node:crypto';
import { answer } from '../lib/http/answer.ts';
import { type Html, html, markup, trusted } from './html.ts';
import { liveScript } from './live-script.ts';
import type { Tone } from './status-mark.ts';
import { style } from './style.ts';

export type Page = {
  title: string;
  /** Colours the icon in the browser's tab. Default idle. */
  tone?: Tone;
  /** Which entry of the navigation is shown as the current one. */
  here?: 'runs' | 'find' | 'logs' | 'operations' | 'audit' | 'mail' | 'api';
  /** Mailbox and events exist where the platform is imitated. */
  local: boolean;
  body: Html;
  /** When what is shown was read; a page that has it keeps itself fresh. */
  readAt?: Date;
  /** A script of the page's own. */
  script?: string;
  status?: number;
  headers?: Record<string, string>;
};

const hash = (text: string) => `'sha256-${createHash('sha256').update(text).digest('base64')}'`;

const policy = (scripts: readonly string[]) =>
  [
    `default-src 'none'`,
    `style-src ${hash(style)}`,
    `script-src ${scripts.map(hash).join(' ')}`,
    `connect-src 'self'`,
    `img-src data:`,
    `frame-src 'self'`,
    `base-uri 'none'`,
    `form-action 'self'`,
    `frame-ancestors 'none'`,
  ].join('; ');

const tabColours: Record<Tone, string> = {
  good: '1a7f4b',
  bad: 'c5281c',
  warn: 'c77700',
  busy: '0b5cad',
  idle: '5b6672',
};

const tabIcon = (tone: Tone) =>
  `data:image/svg+xml,%3Csvg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 16 16' fill='%23${tabColours[tone]}'%3E` +
  `%3Crect x='1' y='7' width='3' height='8' rx='1'/%3E%3Crect x='6.5' y='1' width='3' height='14' rx='1'/%3E` +
  `%3Crect x='12' y='4' width='3' height='11' rx='1'/%3E%3C/svg%3E`;

const link = (href: string, text: string, current: boolean) =>
  html`<a href="${href}"${current && trusted(' aria-current="page"')}>${text}</a>`;

const freshness = (readAt: Date) => html`
  <p class="fresh" data-live>Read at <time datetime="${readAt.toISOString()}">${readAt.toISOString().slice(11, 19)} UTC</time>
    <button type="button" hidden>Stop updating</button></p>`;

/** A whole page as a response. */
export function pageResponse({
  title,
  tone = 'idle',
  here,
  local,
  body,
  readAt,
  script,
  status,
  headers,
}: Page): Response {
  const scripts = [liveScript, ...(script === undefined ? [] : [script])];
  const page = html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${title} · KubeScribe</title>
<link rel="icon" href="${tabIcon(tone)}">
<style>${trusted(style)}</style>
</head>
<body>
<a class="skip" href="#main">Skip to the content</a>
<header>
  <a class="brand" href="/"><svg viewBox="0 0 16 16" width="18" height="18" aria-hidden="true"><rect x="1" y="7" width="3" height="8" rx="1"/><rect x="6.5" y="1" width="3" height="14" rx="1"/><rect x="12" y="4" width="3" height="11" rx="1"/></svg>KubeScribe</a>
  <nav aria-label="Pages">
    ${link('/', 'Runs', here === 'runs')}
    ${link('/console/runs', 'Find', here === 'find')}
    ${link('/console/logs', 'Logs', here === 'logs')}
    ${link('/console/operations', 'Operations', here === 'operations')}
    ${link('/console/audit', 'Audit', here === 'audit')}
    ${local && link('/mail', 'Mailbox', here === 'mail')}
    ${local && link('/events', 'Events', false)}
    ${link('/docs', 'API', here === 'api')}
  </nav>
  ${readAt && freshness(readAt)}
</header>
<main id="main" tabindex="-1">${body}</main>
${scripts.map((text) => html`<script>${trusted(text)}</script>`)}
</body>
</html>
`;
  return answer(markup(page), {
    status: status ?? 200,
    headers: {
      'content-type': 'text/html; charset=utf-8',
      'content-security-policy': policy(scripts),
      'referrer-policy': 'no-referrer',
      'x-content-type-options': 'nosniff',
      ...headers,
    },
  });
}
