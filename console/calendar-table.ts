/** Slots as a table; neighbours that ended alike are one line. */
import type { CalendarEntry } from '../lib/calendar/entry.ts';
import { type Fold, foldSlots, typicalTime } from '../lib/calendar/fold.ts';
import { redact } from '../lib/logs/redact.ts';
import { plural } from '../lib/numbers.ts';
import { slotMark } from './calendar-strip.ts';
import { type Html, html } from './html.ts';
import { duration } from './when.ts';

/** The table, in the order in which the slots come. */
export function calendarTable(entries: readonly CalendarEntry[]): Html {
  return html`<div class="table"><table>
<thead><tr><th scope="col">State</th><th scope="col">Slot</th><th scope="col" class="number">Took</th><th scope="col">Why</th></tr></thead>
<tbody>${foldSlots(entries).map(row)}</tbody>
</table></div>`;
}

function row({ first, last, rows }: Fold<CalendarEntry>): Html {
  const time = typicalTime(rows);
  const took =
    time === undefined ? html`<span class="dim">–</span>` : `${rows.length > 1 ? '~ ' : ''}${duration(time)}`;
  return html`<tr>
<td>${slotMark(first)}</td>
<td class="slots">${when(last)}${rows.length > 1 && html` – ${when(first, last)} <span class="dim small">${plural(rows.length, 'slot')}</span>`}</td>
<td class="number took">${took}</td>
<td class="wide">${rows.length > 1 ? why(first) : html`${why(first)}${runs(first)}`}</td>
</tr>`;
}

/** The day is told once. */
function when({ slot, slot_local }: CalendarEntry, since?: CalendarEntry): Html {
  const day = slot_local.slice(0, 10) === since?.slot_local.slice(0, 10) ? '' : `${slot_local.slice(5, 10)} `;
  return html`<time class="nowrap" datetime="${slot.toISOString()}" title="${slot_local}">${day}${slot_local.slice(11, 16)}</time>`;
}

const why = (entry: CalendarEntry) => entry.why && html`<span class="cause">${redact(entry.why)}</span>`;

const runs = ({ run_id, status, reruns }: CalendarEntry) => html`
${run_id && status && html`<a class="small" href="/console/runs/${run_id}">Run ${run_id.slice(-8)}</a>`}
${reruns.map((rerun) => html` <a class="small" href="/console/runs/${rerun.run_id}">Again by a ${rerun.kind}: ${rerun.status ?? rerun.state}</a>`)}`;
