/** The runs that fit what a form asks for, page by page. */
import * as z from 'zod';
import { declaredNames } from '../lib/catalogue/known.ts';
import { runFilter } from '../lib/contract/run-filter.ts';
import { RunStatus, Source, Trigger } from '../lib/contract/run-row.ts';
import type { Db } from '../lib/db/connect.ts';
import { pathFrom, readPlace, TimeKey } from '../lib/http/paging.ts';
import { countRuns } from '../lib/ledger/count-runs.ts';
import { listRuns } from '../lib/ledger/list-runs.ts';
import { askedBy, choice, faultOf, filterForm, plainUrl, time, words } from './filter-form.ts';
import { type Html, html } from './html.ts';
import { runsTable } from './latest-runs.ts';
import { pageResponse } from './page.ts';
import { readRunsOf } from './read-latest-runs.ts';
import { readNow } from './read-now.ts';

const PAGE = 50;
const PATH = '/console/runs';
const Wish = z.object({ ...runFilter, cursor: z.string().optional() });
const Key = z.tuple([TimeKey, z.guid()]);

/** Renders the form and a page of runs. */
export async function findPage(db: Db, url: string, local: boolean): Promise<Response> {
  const plain = plainUrl(url);
  const wish = askedBy(Wish, plain);
  const found = 'fault' in wish ? wish : await find(db, wish.asked, plain);
  const names = await declaredNames(db);
  const body = html`<h1>Find runs</h1>
${form(plain.searchParams, names.toSorted())}
${'fault' in found ? html`<p class="card bad">${found.fault}</p>` : found.shown}`;
  return pageResponse({
    title: 'Find runs',
    here: 'find',
    local,
    body,
    status: 'fault' in found ? 400 : 200,
  });
}

const form = (query: URLSearchParams, names: readonly string[]): Html =>
  filterForm(PATH, [
    words({ name: 'component', label: 'Pipeline' }, query, names),
    choice({ name: 'status', label: 'Status' }, query, RunStatus.options),
    choice({ name: 'trigger', label: 'Asked by' }, query, Trigger.options),
    choice({ name: 'source', label: 'Ran in' }, query, Source.options),
    time({ name: 'from', label: 'Started from, UTC' }, query),
    time({ name: 'to', label: 'Started before, UTC' }, query),
    words({ name: 'tag', label: 'Tags' }, query),
    words({ name: 'q', label: 'Words of its error' }, query),
  ]);

async function find(db: Db, { cursor, ...filter }: z.infer<typeof Wish>, { href, search }: URL) {
  try {
    const place = readPlace(cursor, Key);
    const [{ runs, next, prev }, count, now] = await Promise.all([
      listRuns(db, filter, { limit: PAGE, place, fields: ['run_id'] }),
      countRuns(db, filter),
      readNow(db),
    ]);
    const rows = await readRunsOf(
      db,
      runs.map(({ run_id }) => run_id),
    );
    return {
      shown: html`<h2>${count === '1' ? '1 run' : `${count} runs`}, newest first</h2>
${rows.length > 0 ? runsTable(rows, now) : html`<p class="card dim">${next ? 'None of the newest fit; older ones may.' : 'No run fits.'}</p>`}
<p class="older">${prev && html`<a href="${pathFrom(href, prev)}">Newer</a> `}${next && html`<a href="${pathFrom(href, next)}">Older</a> `}<a href="/runs${search}">As JSON</a></p>`,
    };
  } catch (error) {
    return { fault: faultOf(error) };
  }
}
