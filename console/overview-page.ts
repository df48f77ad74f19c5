/** The page at /: how all is, each pipeline, the latest runs. */
import type { Db } from '../lib/db/connect.ts';
import { deadLettersNote } from './dead-letters-page.ts';
import { healthOf } from './health.ts';
import { type Html, html } from './html.ts';
import { latestRuns } from './latest-runs.ts';
import { pageResponse } from './page.ts';
import { pipelineCard } from './pipeline-card.ts';
import { stateOf } from './pipeline-state.ts';
import { readLatestRuns } from './read-latest-runs.ts';
import { type PipelineView, readPipelines } from './read-pipelines.ts';
import { icon } from './status-mark.ts';

/** Where the demo is not, a name that shows the form. */
const EXAMPLE = 'market-bars';

/** Renders the overview, or what came before the run `before`. */
export async function overviewPage(
  db: Db,
  options: { local: boolean; before?: string | undefined },
): Promise<Response> {
  const { local, before } = options;
  const [{ now, pipelines }, runs, died] = await Promise.all([
    readPipelines(db),
    readLatestRuns(db, before),
    deadLettersNote(db),
  ]);
  const health = healthOf(pipelines, now);
  const body = html`
<section class="card health ${health.tone}">${icon(health.tone)}
  <div><h1>${health.sentence}</h1>${(health.more || health.run) && html`<p>${health.more} ${health.run && html`<a href="/console/runs/${health.run}">Look at its run</a>`}</p>`}</div></section>
${died}
${!before && pipelines.length > 0 && html`<h2>Pipelines</h2>${byUrgency(pipelines).map((view) => pipelineCard(view, now))}`}
<h2>${before ? 'Older runs' : 'Latest runs'}</h2>
${runs.length > 0 ? latestRuns(runs, now) : noRuns(pipelines, before)}
${before && html`<p class="older"><a href="/">Back to the latest</a></p>`}`;
  return pageResponse({
    title: health.sentence.length > 60 ? `${health.sentence.slice(0, 59)}…` : health.sentence,
    tone: health.tone,
    here: 'runs',
    local,
    body,
    readAt: now,
  });
}

const urgency = { failing: 0, blocked: 1, behind: 2, degraded: 3, well: 4, new: 5 };

const byUrgency = (pipelines: readonly PipelineView[]) =>
  pipelines.toSorted((a, b) => urgency[stateOf(a).is] - urgency[stateOf(b).is]);

function noRuns(pipelines: readonly PipelineView[], before?: string): Html {
  if (before) return html`<p class="card dim">Nothing ran before that.</p>`;
  const scheduled = pipelines.some((view) => view.schedule?.next);
  return html`<div class="card">
<p>${scheduled ? 'The first run begins by itself at its slot. To see one now:' : 'Ask for the first one:'}</p>
<code class="command">npx kubescribe trigger ${pipelines[0]?.name ?? EXAMPLE}</code>
<p class="dim">It shows here as soon as it starts, with its rows, its log and, should it fail, its cause.</p></div>`;
}
