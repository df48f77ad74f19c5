/** Two runs side by side for a person: what changed since it last worked. */
import type { Db } from '../lib/db/connect.ts';
import { diffAgainst, LAST_SUCCESS, type RunDiff } from '../lib/ledger/diff-runs.ts';
import { count, plural } from '../lib/numbers.ts';
import { type Html, html } from './html.ts';
import { pageResponse } from './page.ts';
import { missingPage } from './trouble-page.ts';
import { duration } from './when.ts';

const LONGEST_VALUE = 400;

/** Renders a run beside another, or beside its last success. */
export async function diffPage(db: Db, runId: string, against: string, local: boolean): Promise<Response> {
  const found = await diffAgainst(db, runId, against);
  if (found.is === 'unknown') return missingPage(404, `No run has the id ${found.runId}.`, local);
  if (found.is === 'no success') return missingPage(404, 'No run of its lane succeeded before it.', local);
  const { diff } = found;
  const rows = rowsOf(diff);
  const differing = rows.filter(({ same }) => !same);
  const same = rows.length - differing.length;
  const body = html`
<p class="trail small"><a href="/">Runs</a> <span class="dim">/</span> <a class="mono" href="/console/runs/${diff.a.run_id}">${diff.a.run_id}</a></p>
<div class="title"><h1>${diff.a.pipeline}</h1><span class="dim">${against === LAST_SUCCESS ? 'beside the last success before it' : 'beside another run'}</span></div>
${differing.length > 0 ? table(diff, differing) : html`<p class="card">They do not differ.</p>`}
${
  same > 0 &&
  html`<details><summary class="small">${plural(same, 'thing')} the same in both</summary>${table(
    diff,
    rows.filter((row) => row.same),
  )}</details>`
}
<p class="older"><a href="/runs/${diff.a.run_id}/diff/${diff.b.run_id}">This as JSON</a></p>`;
  return pageResponse({ title: `${diff.a.pipeline}, compared`, here: 'runs', local, body });
}

type Row = { what: string; a: string | null; b: string | null; more?: string; same: boolean };

const head = (side: RunDiff['a'], name: string) =>
  html`<a href="/console/runs/${side.run_id}">${name}</a>${side.started_at && html`<br><time datetime="${side.started_at.toISOString()}">${side.started_at.toISOString().slice(0, 16).replace('T', ' ')}</time>`}`;

const table = (diff: RunDiff, rows: readonly Row[]): Html => html`<div class="table"><table>
<thead><tr><th scope="col">What</th><th scope="col">${head(diff.a, 'This run')}</th><th scope="col">${head(diff.b, 'Compared with')}</th><th scope="col" class="number">More</th></tr></thead>
<tbody>${rows.map(
  ({ what, a, b, more }) => html`<tr>
<td class="wide"><b>${what}</b></td><td data-label="This run">${shown(a)}</td><td data-label="Compared with">${shown(b)}</td><td data-label="More" class="number">${shown(more ?? null)}</td>
</tr>`,
)}</tbody>
</table></div>`;

const shown = (text: string | null) =>
  text === null ? html`<span class="dim">–</span>` : text.slice(0, LONGEST_VALUE);

function rowsOf(diff: RunDiff): Row[] {
  const { timings } = diff;
  return [
    { what: 'Status', a: diff.a.status, b: diff.b.status, same: diff.same.status },
    texts('Error', diff.error.code),
    texts('Cause', diff.error.message),
    ...diff.params.map(({ path, a, b }) => ({
      what: `Params ${path || '/'}`,
      a: json(a),
      b: json(b),
      same: false,
    })),
    texts('Code', diff.code),
    texts('Revision', diff.revision),
    texts('Config', diff.config_hash),
    numbers('Attempts', diff.attempts, count),
    numbers('Took', timings.duration_ms, duration),
    numbers('Waited to begin', timings.wait_ms, duration),
    numbers('Waited for workers', timings.queue_ms, duration),
    numbers('Workers started', timings.cold_start_ms, duration),
    numbers('Worked', timings.work_ms, duration),
    ...diff.tasks.flatMap((task) => [
      texts(`${task.name}: status`, task.status),
      numbers(`${task.name}: took`, task.duration_ms, duration),
      ...Object.entries(task.counts).map(([book, pair]) => numbers(`${task.name}: ${book}`, pair, count)),
    ]),
  ];
}

const json = (value: unknown) => (value === undefined ? null : JSON.stringify(value));

const texts = (what: string, { a, b, same }: { a: string | null; b: string | null; same: boolean }): Row => ({
  what,
  a,
  b,
  same,
});

function numbers(what: string, pair: RunDiff['attempts'], say: (n: number) => string): Row {
  const { a, b, more, same } = pair;
  const difference = more ? { more: `${more > 0 ? '+' : '−'}${say(Math.abs(more))}` } : {};
  return { what, a: a === null ? null : say(a), b: b === null ? null : say(b), ...difference, same };
}
