/** The state of things by colour, shape and word together: no one of them alone. */
import type { RunStatus } from '../lib/db/tables.ts';
import { type Html, html, trusted } from './html.ts';

/** What a mark can say; runs, requests and the whole share these. */
export type Tone = 'good' | 'bad' | 'warn' | 'busy' | 'idle';

const shapes: Record<Tone, string> = {
  good: '<circle cx="8" cy="8" r="7"/><path d="m4.8 8.3 2.2 2.2 4.2-4.6"/>',
  bad: '<path d="M5.1 1h5.8L15 5.1v5.8L10.9 15H5.1L1 10.9V5.1z"/><path d="m5.5 5.5 5 5m0-5-5 5"/>',
  warn: '<path d="M8 1.3 15.3 14.5H.7z"/><path d="M8 6v4m0 1.9v.2"/>',
  busy: '<circle cx="8" cy="8" r="6.2" class="hollow"/><path d="M8 4.5V8l2.6 1.7"/>',
  idle: '<rect x="1.5" y="1.5" width="13" height="13" rx="2.5"/><path d="M5 8h6"/>',
};

/** The shape alone; words stand beside it. */
export const icon = (tone: Tone): Html =>
  html`<svg class="icon ${tone}" viewBox="0 0 16 16" width="16" height="16" aria-hidden="true">${trusted(shapes[tone])}</svg>`;

/** A shape and its word. */
export const mark = (tone: Tone, word: string): Html =>
  html`<span class="mark ${tone}">${icon(tone)}<span>${word}</span></span>`;

const faces: Record<RunStatus, [Tone, string]> = {
  STARTED: ['busy', 'Running'],
  SUCCESS: ['good', 'Success'],
  ERROR: ['bad', 'Error'],
  TIMEOUT: ['warn', 'Timeout'],
  CANCELLED: ['idle', 'Cancelled'],
};

/** How a run's status is shown. */
export function statusFace(status: RunStatus): { tone: Tone; word: string } {
  const [tone, word] = faces[status];
  return { tone, word };
}

/** A run's status. */
export const statusMark = (status: RunStatus): Html => mark(...faces[status]);
