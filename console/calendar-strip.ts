/** What became of slots, by colour, shape and word. */
import type { CalendarEntry, CalendarState } from '../lib/calendar/entry.ts';
import { type Html, html } from './html.ts';
import { mark, statusFace, type Tone } from './status-mark.ts';

const faces: Record<Exclude<CalendarState, 'ran'>, [Tone, string]> = {
  live: ['busy', 'Running'],
  waiting: ['busy', 'Waiting'],
  skipped: ['idle', 'Skipped'],
  missed: ['bad', 'Missed'],
  replaced: ['idle', 'Replaced'],
  cancelled: ['idle', 'Cancelled'],
  expected: ['idle', 'Expected'],
  unplanned: ['bad', 'Not planned'],
  forgotten: ['idle', 'Not kept'],
  none: ['idle', 'No slot'],
};

function faceOf({ state, status, late }: CalendarEntry): [Tone, string] {
  if (state !== 'ran') return faces[state];
  const { tone, word } = statusFace(status ?? 'SUCCESS');
  if (status !== 'SUCCESS' && status !== null) return [tone, word];
  return late ? ['warn', 'Ran late'] : ['good', 'Ran'];
}

/** The word for what became of a slot. */
export const slotWord = (entry: CalendarEntry): string => faceOf(entry)[1];

/** Shape and word. */
export const slotMark = (entry: CalendarEntry, word = slotWord(entry)): Html => mark(faceOf(entry)[0], word);

const PITCH = 8;
const BASE = 38;

/** One bar a slot, the newest at the right; the table says the same in words. */
export function slotStrip(slots: readonly CalendarEntry[]): Html {
  const bars = slots.map((entry, i) => {
    const [tone, word] = faceOf(entry);
    const title = [word, entry.slot_local.slice(0, 16).replace('T', ' '), entry.why]
      .filter(Boolean)
      .join(' · ');
    return html`<g class="${tone}"><title>${title}</title>${shape(entry, i * PITCH + 1)}</g>`;
  });
  return html`<svg class="strip" viewBox="0 0 ${Math.max(40, slots.length) * PITCH} 40" preserveAspectRatio="none" aria-hidden="true">${bars}</svg>`;
}

/** What ran is full, what did not run is low or hollow, what is to come a line. */
function shape({ state, status }: CalendarEntry, x: number): Html {
  const bar = (height: number) =>
    html`<rect x="${x}" y="${BASE - height}" width="6" height="${height}" rx="1.5"/>`;
  if (state === 'expected') return html`<rect x="${x}" y="${BASE - 2}" width="6" height="2"/>`;
  if (state === 'live' || state === 'waiting')
    return html`<rect class="bar-busy" x="${x + 0.75}" y="${BASE - 24}" width="4.5" height="23" rx="1.5"/>`;
  if (state === 'missed' || state === 'unplanned')
    return html`${bar(6)}<path class="cross" d="M${x + 0.5} ${BASE - 14}l5 5m0-5l-5 5"/>`;
  if (state === 'ran' && status !== 'SUCCESS')
    return html`${bar(24)}<path class="cross" d="M${x + 0.5} ${BASE - 32}l5 5m0-5l-5 5"/>`;
  return bar(state === 'ran' ? 24 : 8);
}
