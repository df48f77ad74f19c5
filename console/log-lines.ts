/** Lines of the log as rows of a page; client/page/log-rows.ts makes the same of those that come live. */
import type { LogLine } from '../lib/contract/log-line.ts';
import { redact } from '../lib/logs/redact.ts';
import { type Html, html, trusted } from './html.ts';
import type { Tone } from './status-mark.ts';

const LONGEST_MESSAGE = 4000;
const LONGEST_METADATA = 600;

const tones: Record<LogLine['level'], Tone> = { error: 'bad', warn: 'warn', info: 'busy', debug: 'idle' };

/** Where a page around a line is. */
export type LineAddress = (id: number) => string;

/** The list, oldest first; `ofWhom`: each with the run that it is of. */
export function logLines(
  lines: readonly LogLine[],
  { ofWhom, address, marked }: { ofWhom: boolean; address: LineAddress; marked?: number | null | undefined },
): Html {
  // Nothing stands between the rows: a list without any is empty to the style sheet.
  return html`<ol class="log${ofWhom && ' whose'}" data-part="list" role="log" aria-live="off" aria-label="Lines" tabindex="0">${lines.map(
    (line) =>
      html`<li id="L${line.id}" data-at="${line.timestamp}"${classOf(line, marked)}><a class="dim" href="${address(line.id)}#L${line.id}" title="${line.timestamp}">${line.timestamp.slice(11, 19)}</a><b class="${tones[line.level]}">${line.level}</b>${ofWhom && whose(line)}<span>${redact(shortened(line.message, LONGEST_MESSAGE))}${metadata(line)}</span></li>`,
  )}</ol>`;
}

const classOf = ({ id, level }: LogLine, marked: number | null | undefined): Html | false => {
  if (id === marked) return trusted(' class="marked"');
  return level === 'error' && trusted(' class="wrong"');
};

const whose = ({ job_run_id, type }: LogLine): Html =>
  job_run_id
    ? html`<a href="/console/runs/${job_run_id}">…${job_run_id.slice(-8)}</a>`
    : html`<span class="dim">${type}</span>`;

/** On one line until it is opened. */
function metadata({ metadata }: LogLine): Html | false {
  const text = metadata ? JSON.stringify(metadata) : '{}';
  return (
    text !== '{}' && html`<details><summary>${redact(shortened(text, LONGEST_METADATA))}</summary></details>`
  );
}

const shortened = (text: string, most: number) => (text.length > most ? `${text.slice(0, most)}…` : text);
