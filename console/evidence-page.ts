/** Which rows of a run were not taken as they came: by rule, by class, and some of each. */
import { sql } from 'kysely';
import type { Db } from '../lib/db/connect.ts';
import { count, plural } from '../lib/numbers.ts';
import { countSightings } from '../lib/operations/counts.ts';
import { listSightings } from '../lib/operations/list.ts';
import { type Html, html } from './html.ts';
import { classNames, isClassName, logRows } from './log-rows.ts';
import { pageResponse } from './page.ts';
import { rejectedRules } from './run-facts.ts';

/** Rows that are shown of each class. */
const SAMPLES = 5;

type Run = { now: Date; component: string; meta: unknown };

/** Renders it; undefined when no run has the id. */
export async function evidencePage(db: Db, runId: string, local: boolean): Promise<Response | undefined> {
  const [{ rows }, counts] = await Promise.all([
    sql<Run>`select clock() as now, component, meta from run_log where run_id = ${runId}::uuid`.execute(db),
    countSightings(db, runId),
  ]);
  const [run] = rows;
  if (!run) return undefined;
  const seen = counts.filter(({ identities }) => identities > 0);
  const classes = await Promise.all(seen.map((one) => section(db, runId, one, run.now)));
  const body = html`
<p class="trail small"><a href="/">Runs</a> <span class="dim">/</span> <a class="mono" href="/console/runs/${runId}">${runId}</a></p>
<div class="title"><h1>${run.component}</h1><span class="dim">which rows were not taken as they came, and why</span></div>
${rejectedRules(run.meta)}
${classes.length > 0 ? classes : html`<p class="card dim">Nothing was noted of this run.</p>`}
<p class="older"><a href="/runs/${runId}/operations">The counts as JSON</a></p>`;
  return pageResponse({ title: `Evidence, ${run.component}`, here: 'operations', local, body });
}

type Count = Awaited<ReturnType<typeof countSightings>>[number];

async function section(
  db: Db,
  runId: string,
  { class: name, identities, sightings, at_least }: Count,
  now: Date,
): Promise<Html> {
  if (!isClassName(name)) return html``;
  const { rows } = await listSightings(db, name, { run_id: runId }, { limit: SAMPLES });
  const [title, says] = classNames[name];
  const more = identities > rows.length || at_least;
  return html`<h2>${title} <span class="dim small">${says}</span></h2>
<p class="trail">${plural(identities, 'finding')}${at_least && ' or more'}, seen in ${count(sightings)} ${sightings === 1 ? 'row' : 'rows'}${more && html`; the last ${rows.length}: <a href="/console/operations/${name}?run_id=${runId}">all of them</a>`}</p>
${logRows(rows, now)}`;
}
