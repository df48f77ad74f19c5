/** The newest runs as a table, which becomes a card a run on a narrow screen. */
import { redact } from '../lib/logs/redact.ts';
import { count } from '../lib/numbers.ts';
import { type Html, html } from './html.ts';
import { causeOf } from './pipeline-state.ts';
import { LATEST, type LatestRun } from './read-latest-runs.ts';
import { statusFace, statusMark } from './status-mark.ts';
import { ago, clockTime, duration, timeMark } from './when.ts';

/** The table, and the way to older runs when there are more. */
export function latestRuns(runs: readonly LatestRun[], now: Date): Html {
  const shown = runs.slice(0, LATEST);
  const last = shown.at(-1);
  return html`${runsTable(shown, now)}
<p class="older">${last && runs.length > LATEST && html`<a href="/?before=${last.run_id}">Older runs</a> · `}<a href="/console/runs">Find runs</a></p>`;
}

/** The table alone. */
export const runsTable = (runs: readonly LatestRun[], now: Date): Html => html`<div class="table"><table>
<thead><tr><th scope="col">Status</th><th scope="col">Started, UTC</th><th scope="col">Pipeline</th><th scope="col" class="number">Took</th><th scope="col" class="number">Written</th><th scope="col" class="number">Rejected</th><th scope="col">Asked by</th><th scope="col"><span class="quiet">As JSON</span></th></tr></thead>
<tbody>${runs.map((run) => row(run, now))}</tbody>
</table></div>`;

function row(run: LatestRun, now: Date): Html {
  const cause = causeOf(run);
  const note = noteOf(run, now);
  const took = run.duration_ms ?? (run.status === 'STARTED' ? now.getTime() - run.started_at.getTime() : 0);
  return html`<tr>
<td>${statusMark(run.status)}</td>
<td class="when nowrap">${timeMark(run.started_at, now)} <span class="dim small">${ago(run.started_at, now)}</span></td>
<td class="wide"><a class="name" href="/console/runs/${run.run_id}">${run.component}</a>
${cause !== '' && html`<span class="cause ${statusFace(run.status).tone}">${cause}</span>`}${note !== '' && html`<span class="cause warn">${note}</span>`}</td>
<td data-label="Took" class="number">${duration(took)}</td>
<td data-label="Written" class="number">${rows(run.written)}</td>
<td data-label="Rejected" class="number">${rows(run.rejected)}</td>
<td class="extra nowrap">${[run.trigger, run.source].filter(Boolean).join(' · ') || 'unknown'}</td>
<td class="extra"><a class="small" href="/runs/${run.run_id}">JSON<span class="quiet"> of run ${run.run_id}</span></a></td>
</tr>`;
}

function noteOf(run: LatestRun, now: Date): string {
  if (run.blocked_why) return `Blocked: ${redact(run.blocked_why)}`;
  if (run.wake_at && run.wake_at > now) {
    return `Attempt ${run.attempt ?? 1}, goes on at ${clockTime(run.wake_at, now, { seconds: true })}`;
  }
  if (run.late && run.slot) return `Late: its slot was ${clockTime(run.slot, now)}`;
  return '';
}

const rows = (n: unknown) =>
  typeof n === 'number' && n > 0 ? count(n) : html`<span class="dim">${n === 0 ? 0 : '–'}</span>`;
