/** Why rows were not taken as they came: how much of each class when, and how far pipelines have read. */
import type { Db } from '../lib/db/connect.ts';
import { count } from '../lib/numbers.ts';
import { askedRange } from '../lib/operations/asked-range.ts';
import { countLogs } from '../lib/operations/counts.ts';
import { listWatermarks } from '../lib/operations/watermarks.ts';
import { type Html, html } from './html.ts';
import { classNames, isClassName } from './log-rows.ts';
import { pageResponse } from './page.ts';
import { readNow } from './read-now.ts';
import { trendBars } from './trend.ts';
import { ago, duration } from './when.ts';

const DAY = 86_400_000;
const MONTH = 30;
const SECOND = 1000;
const WATERMARKS = 100;

/** Renders the last day by hours, or the last 30 by days. */
export async function operationsPage(db: Db, url: string, local: boolean): Promise<Response> {
  const long = new URL(url).searchParams.get('days') === String(MONTH);
  const now = await readNow(db);
  const range = askedRange({ from: new Date(now.getTime() - (long ? MONTH : 1) * DAY) }, now);
  const [counts, { watermarks }] = await Promise.all([
    countLogs(db, range),
    listWatermarks(db, {}, { limit: WATERMARKS }),
  ]);
  const body = html`<div class="title"><h1>Operations</h1><span class="dim">why rows were not taken as they came, ${long ? `the last ${MONTH} days` : 'the last day'}</span></div>
<p>${long ? html`<a href="/console/operations">The last day</a>` : html`<a href="/console/operations?days=${MONTH}">The last ${MONTH} days</a>`}</p>
<h2>First seen, by class</h2>
${counts.map(card)}
<h2>Watermarks</h2>
${watermarks.length > 0 ? watermarkTable(watermarks, now) : html`<p class="card dim">No pipeline has read anything yet.</p>`}
<p class="older"><a href="/api/v1/operations">The counts as JSON</a> <span class="dim">·</span> <a href="/api/v1/watermarks">The watermarks as JSON</a></p>`;
  return pageResponse({ title: 'Operations', here: 'operations', local, body });
}

type Count = Awaited<ReturnType<typeof countLogs>>[number];

function card({ class: name, count: rows, at_least, trend }: Count): Html {
  const [title, says] = isClassName(name) ? classNames[name] : [name, ''];
  return html`<section class="card pipeline"><div><h3><a href="/console/operations/${name}">${title}</a></h3><span class="dim small">${says}</span></div>
${trendBars(trend, name === 'backup_logs' ? 'idle' : 'warn')}
<div><b>${count(rows)}${at_least && '+'}</b> <span class="dim small">${rows === 1 ? 'finding' : 'findings'}</span></div></section>`;
}

type Watermark = Awaited<ReturnType<typeof listWatermarks>>['watermarks'][number];

const watermarkTable = (watermarks: readonly Watermark[], now: Date): Html => html`<div class="table"><table>
<thead><tr><th scope="col">Watermark</th><th scope="col">Status</th><th scope="col">Read up to, UTC</th><th scope="col" class="number">Behind</th><th scope="col">Written</th></tr></thead>
<tbody>${watermarks.map((watermark) => line(watermark, now))}</tbody>
</table></div>`;

const line = (watermark: Watermark, now: Date): Html => html`<tr>
<td class="wide"><span class="name">${watermark.pipeline_name}</span></td>
<td>${watermark.status ?? 'unknown'}</td>
<td data-label="Read up to, UTC" class="nowrap">${watermark.last_processed_ts?.toISOString().slice(0, 19).replace('T', ' ') ?? 'nothing'}</td>
<td data-label="Behind" class="number">${watermark.behind_seconds === null ? '–' : duration(watermark.behind_seconds * SECOND)}</td>
<td data-label="Written">${watermark.run_id ? html`<a href="/console/runs/${watermark.run_id}">${when(watermark, now)}</a>` : when(watermark, now)}</td>
</tr>`;

const when = ({ updated_at }: Watermark, now: Date) => (updated_at ? ago(updated_at, now) : 'unknown');
