import type { Tap, TapEntry } from './tap.ts';

const DEFAULT_LIMIT = 100;
const MAX_LIMIT = 1000;

/** Answers `GET /events`: the tap as JSON, or as a page for a browser. */
export function eventsPage(tap: Tap): (request: Request) => Promise<Response> {
  return async (request) => {
    if (request.method !== 'GET' && request.method !== 'HEAD') {
      return problem(405, 'Method not allowed', '/events takes GET.', { allow: 'GET' });
    }
    const { searchParams, origin } = new URL(request.url);
    const limit = Number(searchParams.get('limit') ?? DEFAULT_LIMIT);
    if (!Number.isInteger(limit) || limit < 1 || limit > MAX_LIMIT) {
      return problem(400, 'Bad request', `limit is a whole number from 1 to ${MAX_LIMIT}.`);
    }
    const entries = tap.list({ type: searchParams.get('type') ?? undefined, limit });
    if (!prefersHtml(request.headers.get('accept') ?? '')) return Response.json(entries);
    return new Response(page(entries, origin), { headers: { 'content-type': 'text/html; charset=utf-8' } });
  };
}

function problem(
  status: number,
  title: string,
  detail: string,
  headers: Record<string, string> = {},
): Response {
  return Response.json(
    { type: 'about:blank', status, title, detail },
    { status, headers: { ...headers, 'content-type': 'application/problem+json' } },
  );
}

function prefersHtml(accept: string): boolean {
  const html = accept.indexOf('text/html');
  const json = accept.indexOf('application/json');
  return html >= 0 && (json < 0 || html < json);
}

function page(entries: TapEntry[], origin: string): string {
  const rows = entries.map(row).join('\n');
  return `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Events · KubeScribe</title>
<style>
  :root { color-scheme: light dark; font: 15px/1.45 system-ui, sans-serif; }
  body { max-width: 72rem; margin: 0 auto; padding: 1rem; }
  article { border-top: 1px solid color-mix(in srgb, currentColor 20%, transparent); padding: .6rem 0; }
  h2 { font-size: 1rem; margin: 0; overflow-wrap: anywhere; }
  p, ul { margin: .2rem 0; }
  small, code, pre { overflow-wrap: anywhere; white-space: pre-wrap; }
  .failed { color: light-dark(#b00020, #ff8a80); }
  .unwanted { opacity: .75; }
</style>
<h1>Events</h1>
<p>The last events through the local Broker, newest first, each with its delivery attempts.
<a href="/">Console</a> · the same as JSON: <code>curl ${escaped(origin)}/events</code></p>
${rows || '<p>No event has passed yet. The next tick is at most a minute away.</p>'}
</html>
`;
}

function row({ receivedAt, attributes, data, outcome, deliveries }: TapEntry): string {
  const tries = deliveries.map(
    ({ kind, url, number, status, error, ms }) =>
      `<li>${escaped(kind)} ${escaped(new URL(url).pathname)}, try ${number}: ${escaped(String(status ?? error))} in ${ms} ms`,
  );
  return `<article class="${outcome}">
<h2>${escaped(attributes.type ?? '')} <small>${escaped(outcome)}</small></h2>
<p><small>${escaped(receivedAt)} · ${escaped(attributes.subject ?? attributes.source ?? '')}</small></p>
<ul>${tries.join('')}</ul>
<details><summary>Attributes and data</summary><pre>${escaped(JSON.stringify({ ...attributes, data }, null, 2))}</pre></details>
</article>`;
}

function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('"', '&quot;');
}
