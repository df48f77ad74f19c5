/** The log of everything, or of the system: as it comes, by type, level and text. */
import type { Db } from '../lib/db/connect.ts';
import { askedBy, plainUrl } from './filter-form.ts';
import { html } from './html.ts';
import { LogWish, logViewer, viewerScript } from './log-viewer.ts';
import { pageResponse } from './page.ts';
import { readLog } from './read-log.ts';

const NONE = 'No line yet: functions and runs write here as they work.';

/** Renders the page. */
export async function logsPage(db: Db, url: string, local: boolean): Promise<Response> {
  const plain = plainUrl(url);
  const wish = askedBy(LogWish, plain);
  const title = 'Logs';
  if ('fault' in wish)
    return pageResponse({
      title,
      here: 'logs',
      local,
      status: 400,
      body: html`<h1>Logs</h1><p class="card bad">${wish.fault}</p><p><a href="/console/logs">All lines</a></p>`,
    });
  const { around, ...filter } = wish.asked;
  const view = await readLog(db, filter, around);
  const body = html`<div class="title"><h1>Logs</h1><span class="dim">of functions, runs and their tasks</span></div>
${logViewer({ live: true, height: '70vh', view, wish: wish.asked, url: plain, none: NONE })}`;
  return pageResponse({ title, here: 'logs', local, body, script: viewerScript });
}
