/** The last lines that a run wrote. */
import { redact } from '../lib/logs/redact.ts';
import { type Html, html } from './html.ts';
import type { LogLine } from './read-run.ts';
import type { Tone } from './status-mark.ts';
import { clockTime } from './when.ts';

const LONGEST_METADATA = 600;

const tones: Record<string, Tone> = { error: 'bad', warn: 'warn', info: 'busy', debug: 'idle' };

/** Lines as a list, oldest first. */
export function logLines(lines: readonly LogLine[], now: Date): Html {
  return html`<ol class="log">${lines.map(
    (line) => html`
<li><time class="dim" datetime="${line.timestamp.toISOString()}">${clockTime(line.timestamp, now, { seconds: true }).slice(-8)}</time><b class="${tones[line.level] ?? 'idle'}">${line.level}</b><span>${redact(line.message)}${metadata(line)}</span></li>`,
  )}</ol>`;
}

function metadata({ metadata }: LogLine): Html | false {
  if (!metadata || Object.keys(metadata).length === 0) return false;
  const text = redact(JSON.stringify(metadata));
  const shown = text.length > LONGEST_METADATA ? `${text.slice(0, LONGEST_METADATA)}…` : text;
  return html` <span class="dim">${shown}</span>`;
}
