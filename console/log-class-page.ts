/** The rows of one operation log, found by a form. */
import * as z from 'zod';
import { listOperations } from '../lib/contract/operations.ts';
import type { Db } from '../lib/db/connect.ts';
import { pathFrom, readPlace, TimeKey } from '../lib/http/paging.ts';
import { type LogClassName, logClass } from '../lib/operations/classes.ts';
import { checkFilter, type OperationFilter } from '../lib/operations/filter.ts';
import { type LogKey, listLogs, listSightings, type SightingKey } from '../lib/operations/list.ts';
import { askedBy, faultOf, filterForm, plainUrl, time, words } from './filter-form.ts';
import { type Html, html } from './html.ts';
import { classNames, logRows } from './log-rows.ts';
import { pageResponse } from './page.ts';
import { readNow } from './read-now.ts';

const PAGE = 50;
const Wish = listOperations.query.omit({ limit: true });
const Log: z.ZodType<LogKey> = z.tuple([TimeKey, z.int()]);
const Sighting: z.ZodType<SightingKey> = z.tuple([z.string().regex(/^[^\0]*$/), z.int(), z.hex()]);

const LABELS = {
  symbol: 'Symbol',
  pipeline: 'Pipeline',
  rule: 'Rule',
  column: 'Column',
  table: 'Table',
  status: 'Status',
  run_id: 'Seen by the run',
} as const;

/** Renders the form and a page of rows. */
export async function logClassPage(
  db: Db,
  name: LogClassName,
  url: string,
  local: boolean,
): Promise<Response> {
  const plain = plainUrl(url);
  const wish = askedBy(Wish, plain);
  const found = 'fault' in wish ? wish : await find(db, name, wish.asked, plain);
  const [title, says] = classNames[name];
  const body = html`<p class="trail small"><a href="/console/operations">Operations</a></p>
<div class="title"><h1>${title}</h1><span class="dim">${says}</span></div>
${form(name, plain.searchParams)}
${'fault' in found ? html`<p class="card bad">${found.fault}</p>` : found.shown}`;
  const status = 'fault' in found ? 400 : 200;
  return pageResponse({ title, here: 'operations', local, body, status });
}

function form(name: LogClassName, query: URLSearchParams): Html {
  const { filters } = logClass(name);
  const fields = Object.entries(LABELS).filter(([field]) => field in filters);
  return filterForm(`/console/operations/${name}`, [
    ...fields.map(([field, label]) => words({ name: field, label }, query)),
    time({ name: 'from', label: 'First seen from, UTC' }, query),
    time({ name: 'to', label: 'Before, UTC' }, query),
  ]);
}

async function find(db: Db, name: LogClassName, asked: z.infer<typeof Wish>, { href, search }: URL) {
  const { cursor, ...filter } = asked;
  try {
    checkFilter(name, filter);
    const [{ rows, next, prev }, now] = await Promise.all([list(db, name, filter, cursor), readNow(db)]);
    return {
      shown: html`${rows.length > 0 ? logRows(rows, now) : html`<p class="card dim">None${(next ?? prev) && ' on this page'}.</p>`}
<p class="older">${prev && html`<a href="${pathFrom(href, prev)}">Newer</a> `}${next && html`<a href="${pathFrom(href, next)}">Older</a> `}<a href="/api/v1/operations/${name}${search}">As JSON</a></p>`,
    };
  } catch (error) {
    return { fault: faultOf(error) };
  }
}

function list(db: Db, name: LogClassName, filter: OperationFilter, cursor: string | undefined) {
  const { run_id } = filter;
  return run_id === undefined
    ? listLogs(db, name, filter, { limit: PAGE, place: readPlace(cursor, Log) })
    : listSightings(db, name, { ...filter, run_id }, { limit: PAGE, place: readPlace(cursor, Sighting) });
}
