/** Rows of the operation logs for a person: what each is about, why it was noted, how often, and with which values. */

import { count } from '../lib/numbers.ts';
import { type Html, html } from './html.ts';
import { timeMark } from './when.ts';

/** A row as the API shows it. */
export type LogRow = Record<string, unknown>;

/** What each class is called, and what it tells. */
export const classNames = {
  data_quality_errors: ['Broken rules', 'rows that a rule refused, or warned of'],
  dedup_conflicts: ['Duplicates', 'rows of one key that said different things'],
  authority_conflicts: ['Disputes', 'sources that said different things about one key'],
  cast_errors: ['Unreadable values', 'texts that are none of their column’s type'],
  upsert_failures: ['Refused writes', 'rows that the target table did not take'],
  concurrency_issues: ['Locks', 'waits, deadlocks and what was tried again'],
  backup_logs: ['Backups', 'made, tried out and restored'],
} as const;

export const isClassName = (name: string): name is keyof typeof classNames => Object.hasOwn(classNames, name);

const LONGEST = 4000;

/** The rows as a table, which becomes a card a row on a narrow screen. */
export const logRows = (rows: readonly LogRow[], now: Date): Html => html`<div class="table"><table>
<thead><tr><th scope="col">About</th><th scope="col">First seen, UTC</th><th scope="col">What was noted</th><th scope="col" class="number">Times</th><th scope="col">By</th></tr></thead>
<tbody>${rows.map((row) => line(row, now))}</tbody>
</table></div>`;

const line = (row: LogRow, now: Date): Html => html`<tr>
<td><b>${aboutOf(row)}</b>${text(row.ts) && html`<br><span class="dim small nowrap">${text(row.ts)}</span>`}</td>
<td class="when nowrap">${text(row.log_time) && timeMark(new Date(text(row.log_time)), now, { seconds: true })}</td>
<td class="wide">${noted(row)}${values(row)}</td>
<td data-label="Times" class="number">${typeof row.sightings === 'number' ? count(row.sightings) : '–'}</td>
<td data-label="By">${byWhom(row)}</td>
</tr>`;

const text = (value: unknown): string => (typeof value === 'string' ? value : '');
const first = (...values: unknown[]): string => values.map(text).find((value) => value !== '') ?? '';

const aboutOf = (row: LogRow) => first(row.symbol, row.table_name, row.backup_type) || 'no symbol';

function noted(row: LogRow): Html {
  const name = first(row.rule, row.column_name, row.lock_type, row.status, row.error_type);
  const policy = first(row.policy);
  return html`${name !== '' && html`<span class="name">${name}</span> `}${policy !== '' && html`<span class="dim small">${policy}</span>`}
<span class="cause">${said(row)}</span>`;
}

function said(row: LogRow): string {
  if ('preferred_source' in row)
    return `${first(row.source_a) || '?'} and ${first(row.source_b) || '?'} differ: ${first(row.preferred_source) || 'neither'} is believed`;
  const value = text(row.raw_value);
  const detail = first(row.error_detail, row.resolution, row.details, row.file_path);
  return value === '' ? detail : `“${value}” is no ${first(row.target_type)}: ${detail}`;
}

/** What was stored of the rows, folded; of two that differ one beside the other. */
function values(row: LogRow): Html | false {
  const pairs: [string, unknown][] = [
    ['The row', row.sample],
    ['What was there', row.existing_row],
    ['What came', row.incoming_row],
    [first(row.source_a), row.row_a],
    [first(row.source_b), row.row_b],
  ];
  const there = pairs.filter(([, value]) => value !== null && value !== undefined);
  if (there.length === 0) return false;
  return html`<details><summary class="small">Values</summary>${there.map(
    ([name, value]) => html`<div class="small dim">${name}</div><pre>${json(value)}</pre>`,
  )}</details>`;
}

const json = (value: unknown) => JSON.stringify(value, null, 1).slice(0, LONGEST);

function byWhom(row: LogRow): Html {
  const run = text(row.run_id);
  const task = [first(row.task), typeof row.batch === 'number' ? `batch ${row.batch}` : '']
    .filter(Boolean)
    .join(', ');
  if (run === '') return html`<span class="dim">others</span>`;
  return html`<a href="/console/runs/${run}">${first(row.pipeline) || 'its run'}</a> <span class="dim small">${task}</span>`;
}
