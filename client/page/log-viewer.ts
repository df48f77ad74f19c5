/**
 * The log of a page of the console, live. Without it the log is whole, only older; with it lines come as they are written,
 * and the form narrows them down in place. Bundled with what it imports by `node infra/write-browser.ts`.
 */
import { plural } from '../../lib/numbers.ts';
import {
  type LogMessage,
  type LogStream,
  LogStreamingService,
  type LogStreamState,
} from '../log-streamer.ts';
import { placeRow, rowOf } from './log-rows.ts';

/** Rows in the page at most; the oldest leave. */
const MOST_ROWS = 2000;
/** No more often is anything read aloud, in ms. */
const ANNOUNCE_EVERY = 5000;
/** How long the typing of a word is waited for, in ms. */
const TYPING = 400;
/** So near to the end somebody reads the newest, in px. */
const NEAR = 40;

const said: Record<LogStreamState, string> = {
  connecting: 'Connecting …',
  live: 'Live',
  polling: 'Asked for every 2 s',
  waiting: 'No connection; it is tried again',
  closed: '',
};

function view(viewer: HTMLElement): void {
  const part = <T extends HTMLElement>(name: string) => viewer.querySelector<T>(`[data-part=${name}]`)!;
  const [list, state, newer, left, aloud] = ['list', 'state', 'newer', 'left', 'aloud'].map((name) =>
    part(name),
  );
  const pause = part<HTMLButtonElement>('pause');
  const form = part<HTMLFormElement>('form');
  if (!list || !state || !newer || !left || !aloud) return;

  const service = new LogStreamingService();
  let stream: LogStream | undefined;
  let fresh: LogMessage[] = [];
  let paused = false;
  let gone = 0;
  let unheard = { all: 0, errors: 0 };
  let sifting: AbortController | undefined;
  let typing: ReturnType<typeof setTimeout> | undefined;
  let drawing = false;

  const atEnd = () => list.scrollHeight - list.scrollTop - list.clientHeight < NEAR;
  const toEnd = () => {
    list.scrollTop = list.scrollHeight;
  };

  function follow(): void {
    const { after, run, type } = viewer.dataset;
    if (after === undefined || document.hidden || stream) return;
    const wanted = Object.fromEntries(new FormData(form));
    const asked = (name: string) => String(wanted[name] ?? '').trim() || undefined;
    const own = service.streamAllLogs({
      after: Number(after),
      job_run_id: run,
      type: type ?? asked('type'),
      min_level: asked('min_level'),
      text: asked('text'),
      onMessage: add,
      onState: (next) => say(said[next]),
    });
    stream = own;
    void own.done.then(({ why, status, error }) => {
      if (stream === own) stream = undefined;
      if (why === 'end') say(`The run has ended: ${status}`);
      if (why === 'refused') say(error?.message ?? '');
      // An end is no cut: nothing is asked again when the tab comes back.
      if (why !== 'closed') delete viewer.dataset.after;
      pause.hidden = why !== 'closed';
    });
    pause.hidden = false;
  }

  function leave(): void {
    stream?.close();
    stream = undefined;
  }

  function say(text: string): void {
    if (state && text !== '') state.textContent = text;
  }

  function add(line: LogMessage): void {
    fresh.push(line);
    if (Number(viewer.dataset.after) < line.id) viewer.dataset.after = String(line.id);
    // What would leave at once need not come.
    if (fresh.length > MOST_ROWS) {
      fresh.shift();
      gone++;
    }
    if (drawing) return;
    drawing = true;
    requestAnimationFrame(draw);
  }

  function draw(): void {
    drawing = false;
    if (!list || !newer || !left) return;
    if (paused) {
      pause.textContent = `Go on (${plural(fresh.length, 'new line')})`;
      return;
    }
    const follows = atEnd();
    let added = 0;
    for (const line of fresh) {
      if (list.querySelector(`#L${line.id}`)) continue;
      placeRow(list, rowOf(line, viewer.dataset.run === undefined));
      added++;
      if (line.level === 'error') unheard.errors++;
    }
    unheard.all += added;
    fresh = [];
    while (list.childElementCount > MOST_ROWS) {
      list.firstElementChild?.remove();
      gone++;
    }
    left.hidden = gone === 0;
    left.textContent = `${plural(gone, 'older line')} left this page; the download has them.`;
    if (follows) toEnd();
    else if (added > 0) newer.hidden = false;
  }

  /** The same page by another question; the newest question wins. */
  async function sift(): Promise<void> {
    const url = new URL(location.href);
    for (const [name, value] of new FormData(form)) {
      if (String(value).trim() === '') url.searchParams.delete(name);
      else url.searchParams.set(name, String(value).trim());
    }
    url.searchParams.delete('around');
    url.hash = '';
    sifting?.abort();
    sifting = new AbortController();
    const response = await fetch(url, { headers: { accept: 'text/html' }, signal: sifting.signal });
    const next = new DOMParser()
      .parseFromString(await response.text(), 'text/html')
      .querySelector('[data-log]');
    if (!(next instanceof HTMLElement)) return location.assign(url);
    leave();
    history.replaceState(null, '', url);
    for (const name of ['list', 'downloads', 'note', 'none']) {
      const from = next.querySelector(`[data-part=${name}]`);
      part(name).replaceChildren(...(from?.childNodes ?? []));
    }
    if (next.dataset.after === undefined) delete viewer.dataset.after;
    else viewer.dataset.after = next.dataset.after;
    [fresh, gone] = [[], 0];
    draw();
    toEnd();
    unheard = { all: 0, errors: 0 };
    if (aloud) aloud.textContent = `${plural(list?.childElementCount ?? 0, 'line')} fit`;
    follow();
  }

  const siftSoon = (wait: number) => {
    clearTimeout(typing);
    typing = setTimeout(() => void sift().catch(() => {}), wait);
  };

  form.addEventListener('submit', (event) => {
    event.preventDefault();
    siftSoon(0);
  });
  form.addEventListener('input', () => siftSoon(TYPING));
  pause.addEventListener('click', () => {
    paused = !paused;
    pause.textContent = paused ? 'Go on' : 'Pause';
    draw();
    if (!paused) toEnd();
  });
  newer.addEventListener('click', toEnd);
  list.addEventListener('scroll', () => {
    if (atEnd()) newer.hidden = true;
  });
  // An open tab that nobody sees shall not keep a pod alive.
  document.addEventListener('visibilitychange', () => (document.hidden ? leave() : follow()));
  addEventListener('pagehide', leave);
  setInterval(() => {
    if (unheard.all === 0) return;
    const errors = unheard.errors > 0 ? `, ${plural(unheard.errors, 'error')}` : '';
    aloud.textContent = plural(unheard.all, 'new line') + errors;
    unheard = { all: 0, errors: 0 };
  }, ANNOUNCE_EVERY);

  // What is typed or chosen counts at once.
  form.querySelector('button:not([type])')?.toggleAttribute('hidden', true);
  list.style.maxHeight = viewer.dataset.height ?? '';
  list.classList.add('scrolls');
  if (location.hash.startsWith('#L')) list.querySelector(location.hash)?.scrollIntoView({ block: 'center' });
  else if (viewer.dataset.after !== undefined) toEnd();
  else list.querySelector('.wrong')?.scrollIntoView({ block: 'nearest' });
  follow();
}

for (const viewer of document.querySelectorAll<HTMLElement>('[data-log]')) view(viewer);
