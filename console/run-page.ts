/** One run for a person: where a mail's link lands. */
import { ofOneMoment } from '../lib/boundary.ts';
import type { Db } from '../lib/db/connect.ts';
import { findSlices } from '../lib/ledger/slices.ts';
import { redact } from '../lib/logs/redact.ts';
import { askedBy, plainUrl } from './filter-form.ts';
import { type Html, html } from './html.ts';
import { LogWish, logViewer, viewerScript } from './log-viewer.ts';
import { pageResponse } from './page.ts';
import { readLog } from './read-log.ts';
import { type RunView, readMails, readRun, readTasks } from './read-run.ts';
import { attemptTable } from './run-attempts.ts';
import { rejectedRules, runFacts } from './run-facts.ts';
import { taskTable } from './run-tasks.ts';
import { icon, mark, statusFace, statusMark, type Tone } from './status-mark.ts';
import { ago, clockTime, duration } from './when.ts';

/** Renders a run or a request for one; undefined when nobody knows the id. */
export async function runPage(
  db: Db,
  runId: string,
  { url, local }: { url: string; local: boolean },
): Promise<Response | undefined> {
  const plain = plainUrl(url);
  const asked = askedBy(LogWish, plain);
  const wish = 'fault' in asked ? {} : asked.asked;
  const { around, type: _, ...filter } = wish;
  const [run, { attempts }, tasks, mails] = await ofOneMoment(db, (moment) =>
    Promise.all([
      readRun(moment, runId),
      findSlices(moment, runId),
      readTasks(moment, runId),
      readMails(moment, runId),
    ]),
  );
  if (!run) return undefined;
  // After the run: of one that is shown as ended no line is still to come.
  const log = await readLog(db, { ...filter, job_run_id: runId }, around);
  const { now } = run;
  const live = run.status === 'STARTED' || run.state === 'waiting' || run.state === 'live';
  const body = html`
<p class="trail small"><a href="/">Runs</a> <span class="dim">/</span> <span class="mono">${runId}</span></p>
<div class="title"><h1>${run.pipeline}</h1>${faceOf(run)}<span class="dim">${summary(run)}</span></div>
${errorCard(run)}
${notes(run).map((note) => html`<p class="card health warn">${icon('warn')}<span>${note}</span></p>`)}
<section class="card"><h2 class="quiet">Facts</h2>${runFacts(run, mails, tasks.length === 0)}</section>
${attemptTable(attempts, now)}
${tasks.length > 0 && html`<h2>Tasks</h2>${taskTable(tasks, run.error_message)}`}
${rejectedRules(run.meta)}
<h2>Log</h2>
${'fault' in asked && html`<p class="card bad">${asked.fault}</p>`}
${logViewer({ jobRunId: runId, live, view: log, wish, url: plain, none: noLines(run) })}
<p class="older split"><span><a href="/runs/${runId}">This run as JSON</a> <span class="dim">·</span> <a href="/console/runs/${runId}/evidence">Rows that were not taken, and why</a> <span class="dim">·</span> <a href="/console/runs/${runId}/diff/last-success">Beside its last success</a></span>
<span>${run.older && html`<a href="/console/runs/${run.older}">Run before</a>`} ${run.older && run.newer && html`<span class="dim">·</span>`} ${run.newer && html`<a href="/console/runs/${run.newer}">Run after</a>`}</span></p>`;
  return pageResponse({
    title: `${run.pipeline}, ${run.status ?? run.state}`,
    tone: toneOf(run),
    here: 'runs',
    local,
    body,
    script: viewerScript,
    ...(live && { readAt: now }),
  });
}

const toneOf = (run: RunView): Tone => (run.status ? statusFace(run.status).tone : 'idle');

const faceOf = (run: RunView): Html =>
  run.status
    ? statusMark(run.status)
    : mark(run.state === 'waiting' ? 'busy' : 'idle', capital(run.state ?? ''));

function summary(run: RunView): string {
  const { now, started_at, finished_at, duration_ms } = run;
  if (!started_at) return run.requested_at ? `asked for ${ago(run.requested_at, now)}` : '';
  if (!finished_at)
    return `for ${duration(now.getTime() - started_at.getTime())}, since ${clockTime(started_at, now)} UTC`;
  const took = duration_ms === null ? '' : `after ${duration(duration_ms)}, `;
  return `${took}${ago(finished_at, now)}`;
}

function errorCard(run: RunView): Html | false {
  const { error_code, error_message, error_stack, status } = run;
  if (!error_code && !error_message) return false;
  return html`<section class="card error ${status === 'CANCELLED' ? 'idle' : ''}"><h2 class="quiet">Cause</h2>
<p>${error_code && html`<code>${error_code}</code> `}${redact(error_message ?? '')}</p>
${error_stack && html`<details><summary class="small">Stack</summary><pre>${redact(error_stack)}</pre></details>`}</section>`;
}

function notes(run: RunView): Html[] {
  const { now, blocked_since, blocked_why, wake_at, cancel_at, status, state, why } = run;
  const asleep = wake_at !== null && wake_at > now;
  return [
    blocked_since &&
      html`Blocked since ${clockTime(blocked_since, now)} UTC${blocked_why && `: ${redact(blocked_why)}`}`,
    cancel_at && html`Its cancellation was asked for at ${clockTime(cancel_at, now, { seconds: true })} UTC.`,
    asleep && html`It goes on at ${clockTime(wake_at, now, { seconds: true })} UTC.`,
    status === null && state !== 'waiting' && why && html`It never began: ${redact(why)}`,
    state === 'waiting' && html`It waits until its lane is free.`,
  ].filter((note) => note !== false && note !== null && note !== '');
}

function noLines(run: RunView): string {
  if (run.status === null) return 'It has not begun.';
  if (run.state === null) return 'Others wrote this run; they left no log here.';
  return run.status === 'STARTED' ? 'No line yet.' : 'It wrote no line.';
}

const capital = (word: string) => word.charAt(0).toUpperCase() + word.slice(1);
