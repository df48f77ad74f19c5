/** Instants and lengths of time in words; always UTC, and from the database's present. */
import { type Html, html } from './html.ts';

const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

const months = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];
const two = (n: number) => String(n).padStart(2, '0');

/** `14:05` today, `20 Nov 14:05` on another day, with the year in another year. */
export function clockTime(at: Date, now: Date, { seconds = false } = {}): string {
  const time = at.toISOString().slice(11, seconds ? 19 : 16);
  const day = at.toISOString().slice(0, 10);
  if (day === now.toISOString().slice(0, 10)) return time;
  const year = at.getUTCFullYear() === now.getUTCFullYear() ? '' : ` ${at.getUTCFullYear()}`;
  return `${at.getUTCDate()} ${months[at.getUTCMonth()]}${year} ${time}`;
}

/** The same as an element that carries the whole instant. */
export function timeMark(at: Date, now: Date, options: { seconds?: boolean } = {}): Html {
  return html`<time datetime="${at.toISOString()}" title="${at.toISOString()}">${clockTime(at, now, options)}</time>`;
}

/** `3 min ago`. */
export function ago(at: Date, now: Date): string {
  const ms = now.getTime() - at.getTime();
  return ms < 5 * SECOND ? 'just now' : `${roughly(ms)} ago`;
}

/** `in 3 min`. */
export function until(at: Date, now: Date): string {
  const ms = at.getTime() - now.getTime();
  return ms < SECOND ? 'now' : `in ${roughly(ms)}`;
}

function roughly(ms: number): string {
  if (ms < MINUTE) return `${Math.floor(ms / SECOND)} s`;
  if (ms < 2 * HOUR) return `${Math.floor(ms / MINUTE)} min`;
  if (ms < 2 * DAY) return `${Math.floor(ms / HOUR)} h`;
  return `${Math.floor(ms / DAY)} d`;
}

/** `842 ms`, `12.4 s`, `3 min 04 s`, `2 h 05 min`. */
export function duration(ms: number): string {
  if (ms < SECOND) return `${Math.max(0, Math.round(ms))} ms`;
  if (ms < MINUTE) return `${(Math.floor(ms / 100) / 10).toFixed(1)} s`;
  if (ms < HOUR) return `${Math.floor(ms / MINUTE)} min ${two(Math.floor((ms % MINUTE) / SECOND))} s`;
  return `${Math.floor(ms / HOUR)} h ${two(Math.floor((ms % HOUR) / MINUTE))} min`;
}
