/** How often a run was tried, and why each try but the last did not do. */

import type { Attempt } from '../lib/ledger/slices.ts';
import { redact } from '../lib/logs/redact.ts';
import { type Html, html } from './html.ts';
import { clockTime } from './when.ts';

/** The attempts of a run that needed more than one. */
export function attemptTable(attempts: readonly Attempt[], now: Date): Html | false {
  if (attempts.length < 2) return false;
  return html`<h2>Attempts</h2><div class="table"><table>
<thead><tr><th scope="col" class="number">No.</th><th scope="col">Began</th><th scope="col">Left</th><th scope="col">Cause</th></tr></thead>
<tbody>${attempts.map((attempt) => row(attempt, now))}</tbody>
</table></div>`;
}

function row({ attempt, started_at, left_as, error_code, error_message }: Attempt, now: Date): Html {
  return html`<tr>
<td class="number" data-label="No.">${String(attempt)}</td>
<td data-label="Began">${clockTime(started_at, now, { seconds: true })} UTC</td>
<td data-label="Left">${left_as ?? html`<span class="dim">it goes on</span>`}</td>
<td class="wide" data-label="Cause">${error_code && html`<code>${error_code}</code> `}${error_message && redact(error_message)}</td>
</tr>`;
}
