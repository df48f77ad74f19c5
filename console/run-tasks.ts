/** A run's tasks with their books and their progress. */
import { redact } from '../lib/logs/redact.ts';
import { count } from '../lib/numbers.ts';
import { type Html, html } from './html.ts';
import type { TaskView } from './read-run.ts';
import { statusFace, statusMark } from './status-mark.ts';
import { duration } from './when.ts';

const books = ['read', 'written', 'unchanged', 'deduped', 'rejected', 'failed'] as const;

/** The table of tasks; an error that is the run's own is not said twice. */
export function taskTable(tasks: readonly TaskView[], said: string | null): Html {
  return html`<div class="table"><table>
<thead><tr><th scope="col">Status</th><th scope="col">Task</th><th scope="col" class="number">Took</th>${books.map((name) => html`<th scope="col" class="number">${capital(name)}</th>`)}</tr></thead>
<tbody>${tasks.map((task) => row(task, said))}</tbody>
</table></div>`;
}

function row(task: TaskView, said: string | null): Html {
  const moved = books.map(
    (name) => html`<td data-label="${capital(name)}" class="number">${cell(task, name)}</td>`,
  );
  return html`<tr>
<td>${statusMark(task.status)}</td>
<td class="wide"><b>${task.name}</b>${task.attempt > 1 && html` <span class="dim small">attempt ${task.attempt}</span>`}
${task.status === 'STARTED' && progress(task)}
${task.error_message && task.error_message !== said && html`<span class="cause ${statusFace(task.status).tone}">${redact(task.error_message)}</span>`}</td>
<td class="number took">${task.duration_ms === null ? html`<span class="dim">–</span>` : duration(task.duration_ms)}</td>
${moved}
</tr>`;
}

function cell(task: TaskView, name: (typeof books)[number]): Html | string {
  const rows = task[name];
  if (!task.moves_rows || rows === null) return html`<span class="dim">–</span>`;
  return rows > 0 && (name === 'rejected' || name === 'failed')
    ? html`<b class="warn">${count(rows)}</b>`
    : count(rows);
}

function progress({ name, progress }: TaskView): Html | false {
  const done = progress?.done;
  const of = progress?.of;
  if (typeof done !== 'number') return false;
  const pace = paceText(progress);
  if (typeof of !== 'number' || of <= 0) return html`<div class="small dim">${count(done)} done${pace}</div>`;
  const share = Math.floor((100 * Math.min(done, of)) / of);
  return html`<div class="small"><progress max="100" value="${share}" aria-label="Progress of ${name}"></progress> ${share} % <span class="dim">${count(done)} of ${count(of)}${pace}</span></div>`;
}

const SECOND = 1000;

/** `, 600 a second, 7 s left`. */
function paceText(progress: TaskView['progress']): string {
  const { rate, left_s: left } = progress ?? {};
  if (typeof rate !== 'number') return '';
  return `, ${count(rate)} a second${typeof left === 'number' ? `, ${duration(left * SECOND)} left` : ''}`;
}

const capital = (word: string) => word.charAt(0).toUpperCase() + word.slice(1);
