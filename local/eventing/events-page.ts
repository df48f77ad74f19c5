import { type Html, html } from '../../console/html.ts';
import { pageResponse } from '../../console/page.ts';
import { mark, type Tone } from '../../console/status-mark.ts';
import { duration, timeMark } from '../../console/when.ts';
import { problemResponse } from '../../lib/http/problem.ts';
import type { Outcome, Tap, TapEntry } from './tap.ts';

const DEFAULT_LIMIT = 100;
const MAX_LIMIT = 1000;

const FACES: Record<Outcome, Tone> = {
  delivered: 'good',
  'dead-lettered': 'warn',
  failed: 'bad',
  pending: 'busy',
  unwanted: 'idle',
};

/** Answers `GET /events`: the tap as JSON, or as a page for a browser. */
export function eventsPage(tap: Tap): (request: Request) => Promise<Response> {
  return async (request) => {
    if (request.method !== 'GET' && request.method !== 'HEAD') {
      const headers = { allow: 'GET' };
      return problemResponse({
        status: 405,
        title: 'Method not allowed',
        detail: '/events takes GET.',
        headers,
      });
    }
    const { searchParams, origin } = new URL(request.url);
    const limit = Number(searchParams.get('limit') ?? DEFAULT_LIMIT);
    if (!Number.isInteger(limit) || limit < 1 || limit > MAX_LIMIT) {
      const detail = `limit is a whole number from 1 to ${MAX_LIMIT}.`;
      return problemResponse({ status: 400, title: 'Bad request', detail });
    }
    const entries = tap.list({ type: searchParams.get('type') ?? undefined, limit });
    return prefersHtml(request.headers.get('accept') ?? '')
      ? page(entries, origin)
      : Response.json(entries, { headers: { 'cache-control': 'no-store' } });
  };
}

function prefersHtml(accept: string): boolean {
  const positions = ['text/html', 'application/json'].map((type) => accept.indexOf(type));
  const [asHtml = -1, asJson = -1] = positions;
  return asHtml >= 0 && (asJson < 0 || asHtml < asJson);
}

function page(entries: TapEntry[], origin: string): Response {
  const now = new Date();
  const body = html`<h1>Events</h1>
<p class="dim">What passed the local Broker, newest first, with each delivery attempt.
The same as JSON: <code>curl ${origin}/events</code></p>
<h2>${entries.length === 0 ? 'No event has passed yet' : 'Latest'}</h2>
${entries.length === 0 && html`<p class="card">The next tick is at most a minute away.</p>`}
${entries.map((entry) => card(entry, now))}`;
  return pageResponse({ title: 'Events', local: true, body });
}

function card({ receivedAt, attributes, data, outcome, deliveries }: TapEntry, now: Date): Html {
  const { type, subject, source } = attributes;
  return html`<article class="card">
<div class="split"><h3>${type}</h3>${mark(FACES[outcome], outcome)}</div>
<p class="small dim">${timeMark(new Date(receivedAt), now, { seconds: true })} UTC · <span class="mono">${subject ?? source}</span></p>
${deliveries.length > 0 && html`<ul class="notes small">${deliveries.map(attempt)}</ul>`}
<details class="small"><summary>Attributes and data</summary><pre>${JSON.stringify({ ...attributes, data }, null, 2)}</pre></details>
</article>`;
}

function attempt({ kind, url, number, status, error, ms }: TapEntry['deliveries'][number]): Html {
  const { pathname } = new URL(url);
  return html`<li><span>${kind} <code>${pathname}</code>, try ${number}: <b>${status ?? error}</b> in ${duration(ms)}</span></li>`;
}
