/** Lines of the log as rows of a page, as the server makes them (console/log-lines.ts). */
import { harmlessText } from '../harmless-text.ts';
import type { LogMessage } from '../log-streamer.ts';

const LONGEST_METADATA = 600;
const tones: Record<string, string> = { error: 'bad', warn: 'warn', info: 'busy', debug: 'idle' };

/** The row of a line; `ofWhom`: with the run that it is of. */
export function rowOf(line: LogMessage, ofWhom: boolean): HTMLElement {
  const { id, timestamp, level, message, metadata } = line;
  const row = make('li', level === 'error' ? 'wrong' : '');
  row.id = `L${id}`;
  row.dataset.at = timestamp;
  const time = link('dim', timestamp.slice(11, 19), placeOf(line));
  time.title = timestamp;
  const text = make('span', '', message);
  const more = metadata ? JSON.stringify(metadata) : '{}';
  const shown = more.length > LONGEST_METADATA ? `${more.slice(0, LONGEST_METADATA)}…` : more;
  if (more !== '{}') {
    const details = make('details', '');
    details.append(make('summary', '', shown));
    text.append(details);
  }
  row.append(time, make('b', tones[level] ?? 'idle', level), ...(ofWhom ? [whose(line)] : []), text);
  return row;
}

/** Puts a row in its place: most come last, one that was committed late before those that were not. */
export function placeRow(list: HTMLElement, row: HTMLElement): void {
  let next: Element | null = null;
  for (let last = list.lastElementChild; last && isAfter(last, row); last = last.previousElementSibling)
    next = last;
  list.insertBefore(row, next);
}

function isAfter(row: Element, other: HTMLElement): boolean {
  const at = row.getAttribute('data-at') ?? '';
  const otherAt = other.dataset.at ?? '';
  return at === otherAt ? Number(row.id.slice(1)) > Number(other.id.slice(1)) : at > otherAt;
}

/** The page around a line, whatever was looked for, with the line marked. */
function placeOf({ id }: LogMessage): string {
  const type = new URLSearchParams(location.search).get('type');
  return `${location.pathname}?${new URLSearchParams({ ...(type && { type }), around: String(id) })}#L${id}`;
}

const whose = ({ job_run_id, type }: LogMessage): HTMLElement =>
  job_run_id
    ? link('', `…${job_run_id.slice(-8)}`, `/console/runs/${job_run_id}`)
    : make('span', 'dim', type);

function make(tag: string, className: string, text = ''): HTMLElement {
  const element = document.createElement(tag);
  if (className !== '') element.className = className;
  element.textContent = harmlessText(text);
  return element;
}

function link(className: string, text: string, href: string): HTMLAnchorElement {
  const element = document.createElement('a');
  element.className = className;
  element.textContent = harmlessText(text);
  element.href = href;
  return element;
}
