/** Who intervened, newest first, page by page. */
import * as z from 'zod';
import { listAudit } from '../lib/audit/list.ts';
import { listAudit as promised } from '../lib/contract/audit.ts';
import type { Db } from '../lib/db/connect.ts';
import { pathFrom, readPlace, TimeKey } from '../lib/http/paging.ts';
import { askedBy, faultOf, filterForm, plainUrl, time, words } from './filter-form.ts';
import { type Html, html } from './html.ts';
import { pageResponse } from './page.ts';
import { readNow } from './read-now.ts';
import { timeMark } from './when.ts';

const PAGE = 50;
const PATH = '/console/audit';
const Wish = promised.query.omit({ limit: true });
const Key = z.tuple([TimeKey, z.int()]);
const RunId = z.guid();

/** Renders the form and a page of interventions. */
export async function auditPage(db: Db, url: string, local: boolean): Promise<Response> {
  const plain = plainUrl(url);
  const wish = askedBy(Wish, plain);
  const found = 'fault' in wish ? wish : await find(db, wish.asked, plain);
  const body = html`<div class="title"><h1>Audit</h1><span class="dim">who intervened, the newest first</span></div>
${form(plain.searchParams)}
${'fault' in found ? html`<p class="card bad">${found.fault}</p>` : found.shown}`;
  return pageResponse({ title: 'Audit', here: 'audit', local, body, status: 'fault' in found ? 400 : 200 });
}

const form = (query: URLSearchParams): Html =>
  filterForm(PATH, [
    words({ name: 'actor', label: 'Who' }, query),
    words({ name: 'action', label: 'Did what' }, query),
    words({ name: 'subject', label: 'To a run, by its id, or a pipeline' }, query),
    time({ name: 'from', label: 'From, UTC' }, query),
    time({ name: 'to', label: 'Before, UTC' }, query),
  ]);

async function find(db: Db, { cursor, ...filter }: z.infer<typeof Wish>, { href, search }: URL) {
  try {
    const place = readPlace(cursor, Key);
    const [{ interventions, next, prev }, now] = await Promise.all([
      listAudit(db, filter, PAGE, place),
      readNow(db),
    ]);
    return {
      shown: html`${interventions.length > 0 ? table(interventions, now) : html`<p class="card dim">Nobody did.</p>`}
<p class="older">${prev && html`<a href="${pathFrom(href, prev)}">Newer</a> `}${next && html`<a href="${pathFrom(href, next)}">Older</a> `}<a href="/audit${search}">As JSON</a></p>
<p class="dim small">Whether a row was changed, removed or slipped in tells <code>npx kubescribe audit verify</code>.</p>`,
    };
  } catch (error) {
    return { fault: faultOf(error) };
  }
}

type Row = Awaited<ReturnType<typeof listAudit>>['interventions'][number];

const table = (rows: readonly Row[], now: Date): Html => html`<div class="table"><table>
<thead><tr><th scope="col">What</th><th scope="col">When, UTC</th><th scope="col">To what, and why</th><th scope="col">Who</th><th scope="col" class="number">Seal</th></tr></thead>
<tbody>${rows.map((row) => line(row, now))}</tbody>
</table></div>`;

const line = ({ at, actor, came_from, action, subject, why, seal }: Row, now: Date): Html => html`<tr>
<td class="nowrap"><b>${action}</b></td>
<td class="when nowrap">${at && timeMark(new Date(at), now, { seconds: true })}</td>
<td class="wide">${subjectOf(subject)}${why !== null && html`<span class="cause">${why}</span>`}</td>
<td data-label="Who">${actor} <span class="dim small">${came_from}</span></td>
<td data-label="Seal" class="number">${seal ?? 'not yet'}</td>
</tr>`;

const subjectOf = (subject: string): Html =>
  RunId.safeParse(subject).success
    ? html`<a class="name" href="/console/runs/${subject}">Run ${subject.slice(-8)}</a>`
    : html`<span class="name">${subject}</span>`;
