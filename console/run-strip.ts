/** A pipeline's last runs as bars: colour and shape say how each ended, height how long it took. */
import type { RunStatus } from '../lib/db/tables.ts';
import { type Html, html } from './html.ts';
import { STRIP, type StripRun } from './read-pipelines.ts';
import { statusFace } from './status-mark.ts';
import { clockTime, duration } from './when.ts';

const PITCH = 8;
const BASE = 38;
const LOWEST = 6;
const HIGHEST = 24;
/** A run this many times as long as most is drawn at full height, so that one first load does not flatten the rest. */
const LONG = 4;

/** The strip, newest at the right. Every run in it is also in the list of runs, so that it may be skipped. */
export function runStrip(runs: readonly StripRun[], now: Date): Html {
  const full = fullHeight(runs);
  const bars = Array.from({ length: STRIP }, (_, i) => {
    const run = runs[STRIP - 1 - i];
    const x = i * PITCH + 1;
    if (!run) return html`<rect class="none" x="${x}" y="${BASE - 2}" width="6" height="2"/>`;
    const height =
      LOWEST + Math.round((HIGHEST - LOWEST) * Math.sqrt(Math.min(1, (run.duration_ms ?? 0) / full)));
    return html`<a href="/console/runs/${run.run_id}" tabindex="-1" class="${statusFace(run.status).tone}"><title>${caption(run, now)}</title>${bar(run.status, x, height)}</a>`;
  });
  return html`<svg class="strip" viewBox="0 0 ${STRIP * PITCH} 40" preserveAspectRatio="none" aria-hidden="true">${bars}</svg>`;
}

function bar(status: RunStatus, x: number, height: number): Html {
  const y = BASE - height;
  switch (status) {
    case 'SUCCESS':
      return html`<rect x="${x}" y="${y}" width="6" height="${height}" rx="1.5"/>`;
    case 'ERROR':
      return html`<rect x="${x}" y="${y}" width="6" height="${height}" rx="1.5"/><path class="cross" d="M${x + 0.5} ${y - 8}l5 5m0-5l-5 5"/>`;
    case 'TIMEOUT':
      return html`<rect x="${x}" y="${y}" width="6" height="${height}" rx="1.5"/><path d="M${x - 0.5} ${y - 3}h7l-3.5-6z"/>`;
    case 'CANCELLED':
      return html`<rect x="${x + 2}" y="${y}" width="2" height="${height}"/>`;
    case 'STARTED':
      return html`<rect class="bar-busy" x="${x + 0.75}" y="${BASE - HIGHEST}" width="4.5" height="${HIGHEST - 1}" rx="1.5"/>`;
  }
}

const caption = (run: StripRun, now: Date) =>
  [
    statusFace(run.status).word,
    `${clockTime(run.started_at, now, { seconds: true })} UTC`,
    run.duration_ms !== null && duration(run.duration_ms),
    run.error_code,
  ]
    .filter(Boolean)
    .join(' · ');

function medianOf(runs: readonly StripRun[]): number | undefined {
  const times = runs.flatMap((run) => run.duration_ms ?? []).sort((a, b) => a - b);
  return times[Math.floor(times.length / 2)];
}

function fullHeight(runs: readonly StripRun[]): number {
  const longest = Math.max(1, ...runs.map((run) => run.duration_ms ?? 0));
  return Math.max(1, Math.min(longest, LONG * (medianOf(runs) ?? longest)));
}

/** What the strip shows, in words. */
export function stripSummary(runs: readonly StripRun[]): string {
  const ended = runs.filter((run) => run.status !== 'STARTED');
  if (ended.length === 0) return runs.length > 0 ? 'The first run goes on' : 'No run yet';
  const good = ended.filter((run) => run.status === 'SUCCESS').length;
  const median = medianOf(ended);
  const share =
    ended.length === 1
      ? `1 run, ${good === 1 ? 'well' : 'not well'}`
      : `${good === ended.length ? `Last ${good} all` : `${good} of the last ${ended.length}`} well`;
  return median === undefined ? share : `${share} · typically ${duration(median)}`;
}
