/** One pipeline on the overview: how it is, its last runs, when it runs next, what stands in its way. */
import { redact } from '../lib/logs/redact.ts';
import { plural } from '../lib/numbers.ts';
import { type Html, html } from './html.ts';
import { type PipelineState, stateOf } from './pipeline-state.ts';
import type { PipelineView } from './read-pipelines.ts';
import { runStrip, stripSummary } from './run-strip.ts';
import { icon, mark, type Tone } from './status-mark.ts';
import { clockTime, duration, timeMark, until } from './when.ts';

/** The card of a pipeline. */
export function pipelineCard(view: PipelineView, now: Date): Html {
  const notes = notesOf(view, now);
  return html`<article class="card pipeline">
  <div>
    <h3>${view.runs[0] ? html`<a href="/console/runs/${view.runs[0].run_id}">${view.name}</a>` : view.name}</h3>
    <p>${stateMark(stateOf(view), view, now)}</p>
  </div>
  <div>${runStrip(view.runs, now)}<p class="dim small">${stripSummary(view.runs)}</p></div>
  <div>${nextLine(view, now)}${view.declared && html`<p class="small"><a href="/console/pipelines/${view.name}">Calendar<span class="quiet"> of ${view.name}</span></a></p>`}</div>
  ${notes.length > 0 && html`<ul class="notes">${notes.map(([tone, note]) => html`<li>${icon(tone)}<span>${note}</span></li>`)}</ul>`}
</article>`;
}

function stateMark(state: PipelineState, { runs }: PipelineView, now: Date): Html {
  const running = runs[0]?.status === 'STARTED' && html` ${mark('busy', 'Running')}`;
  switch (state.is) {
    case 'failing':
      return html`${mark('bad', `Failing since ${clockTime(state.since, now)}`)}${running}`;
    case 'blocked':
      return mark('warn', `Blocked since ${clockTime(state.since, now)}`);
    case 'behind':
      return mark('warn', 'Missed its last slot');
    case 'degraded':
      return html`${mark('warn', `Degraded: its source lags ${duration(state.lagMs)}`)}${running}`;
    case 'well':
      return running ? mark('busy', 'Running') : mark('good', 'Well');
    case 'new':
      return mark('idle', 'Has not run yet');
  }
}

function nextLine({ schedule, declared, interventions }: PipelineView, now: Date): Html {
  if (!declared)
    return html`<p class="dim">Not declared here</p><p class="dim small">Others write its runs</p>`;
  if (!schedule) return html`<p class="dim">No schedule</p><p class="dim small">Runs when it is asked to</p>`;
  const cron = html`<p class="dim small"><span class="mono">${schedule.cron}</span> ${schedule.timezone}</p>`;
  if (!schedule.next) return html`<p>${mark('warn', 'No next slot')}</p>${cron}`;
  if (interventions.some(({ kind }) => kind === 'paused'))
    return html`<p>${mark('warn', 'Paused')}</p>${cron}`;
  return html`<p>Next ${timeMark(schedule.next, now)} UTC, ${until(schedule.next, now)}</p>${cron}`;
}

function notesOf({ blocked, missed, waiting, interventions }: PipelineView, now: Date): [Tone, Html][] {
  const notes = blocked.map(({ run_id, since, why }): [Tone, Html] => [
    'warn',
    html`<a href="/console/runs/${run_id}">Run ${run_id.slice(-8)}</a> is blocked since ${clockTime(since, now)} UTC${why && `: ${redact(why)}`}`,
  ]);
  for (const { kind, since, by, why } of interventions) {
    const reason = why ? `: ${redact(why)}` : '';
    const words = kind === 'paused' ? 'Paused' : 'Its schedule is not that of its file, but set';
    notes.push([
      kind === 'paused' ? 'warn' : 'idle',
      html`${words} since ${clockTime(since, now)} UTC by ${by}${reason}`,
    ]);
  }
  if (missed) {
    const why = missed.why && `: ${missed.why}`;
    const slots = plural(missed.slots, 'slot');
    notes.push([
      'warn',
      html`${slots} missed in the last day, the last at ${clockTime(missed.last, now)} UTC${why}`,
    ]);
  }
  if (waiting > 0) {
    const wait = `${plural(waiting, 'request')} ${waiting === 1 ? 'waits' : 'wait'}`;
    notes.push(['busy', html`${wait} for the lane to be free`]);
  }
  return notes;
}
