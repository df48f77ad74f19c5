/**
 * Reads the logs of KubeScribe and follows them live, in browsers and in Node: one file without dependencies, which may be
 * copied. A stream tells every line once and in order, goes on after each cut where it was, and asks for pages of lines
 * where streams do not come through.
 */

export type LogType = 'system' | 'job' | 'task';
export type LogLevel = 'info' | 'error' | 'warn' | 'debug';

export interface LogMessage {
  id: number;
  type: LogType;
  /** Null in lines of the system. */
  job_run_id: string | null;
  task_run_id?: string | null;
  /** In UTC, with `Z`. */
  timestamp: string;
  level: LogLevel;
  stream: 'stdout' | 'stderr' | 'system';
  message: string;
  metadata?: Record<string, unknown> | null;
  created_at?: string | null;
  attempt?: number | null;
  epoch?: number | null;
}

type FilterName =
  | 'level'
  | 'min_level'
  | 'stream'
  | 'from'
  | 'to'
  | 'text'
  | 'regex'
  | 'type'
  | 'job_run_id'
  | 'task_run_id';

/** Which lines: `level` takes several by commas, `min_level` that one and worse, `text` is searched, `regex` is RE2. */
export type LogFilter = { [name in FilterName]?: string | undefined };

/** `live` lines come by a stream, `polling` by asking; `waiting` nothing answers, and it is tried again. */
export type LogStreamState = 'connecting' | 'live' | 'polling' | 'waiting' | 'closed';

export type LogStreamOptions = LogFilter & {
  /** Told of each line once; when it returns a promise, the next line waits for it. */
  onMessage(log: LogMessage): void | Promise<void>;
  onState?: ((state: LogStreamState) => void) | undefined;
  /** What went wrong; the stream goes on by itself unless `done` says otherwise. */
  onError?: ((error: Error) => void) | undefined;
  /** Begins after the line with this id; else at a run's first line, or with what comes from now on. */
  after?: number | undefined;
};

/** Why a stream is over: the run has ended with `status`, it was closed, or the server will not have it. */
export type LogStreamEnd = { why: 'end' | 'closed' | 'refused'; status?: string | null; error?: Error };

export type LogStream = {
  close(): void;
  /** Rejects only with what `onMessage` throws. */
  done: Promise<LogStreamEnd>;
};

export type LogServiceOptions = {
  /** Where KubeScribe is. Default: the origin of the page; without a page `http://localhost:8080`. */
  baseUrl?: string;
  headers?: Record<string, string>;
  fetch?(url: string, init: RequestInit): Promise<Response>;
  timing?: Partial<typeof TIMING>;
};

const SECOND = 1000;
const TIMING = {
  /** The first pause after a failure, in ms; the next are twice as long each, and all are cut by chance. */
  pause: 0.5 * SECOND,
  longestPause: 30 * SECOND,
  /** A stream begins at once, a page too; a function may have to start first. */
  answer: 20 * SECOND,
  /** A stream says something every 15 s, if only that it lives. */
  silence: 45 * SECOND,
  /** How often pages are asked for where streams fail. */
  poll: 2 * SECOND,
  /** For how long they are, before a stream is tried again. */
  polls: 60 * SECOND,
  /** A stream that said something for so long was a good one, though it told no line. */
  good: 5 * SECOND,
};
/** After so many failures in a row, pages are asked for between the next. */
const FAILURES_TO_POLL = 3;
const PAGE = 500;
/** How far behind the newest line pages begin, in ms: so late may a line be committed. */
const OVERLAP = 10 * SECOND;
/** Ids that are kept to know a line again. */
const REMEMBERED = 10_000;
/** Answers that will be no other the next time. Where pages are, streams need not be. */
const FINAL = new Set([400, 401, 403, 422]);
const FINAL_FOR_PAGES = new Set([...FINAL, 404]);
const GOING_ON = new Set(['STARTED', 'waiting', 'live']);
const LOGS = '/api/v1/logs';

/** The server answered, and with a refusal. */
export class LogRequestError extends Error {
  readonly status: number;
  /** In seconds. */
  readonly retryAfter: number;
  constructor(message: string, { status, headers }: Response) {
    super(message);
    this.status = status;
    this.retryAfter = Number(headers.get('retry-after')) || 0;
  }
}

/** The logs of one KubeScribe. */
export class LogStreamingService {
  readonly #ask: Ask;
  readonly #timing: typeof TIMING;

  constructor({ baseUrl, headers = {}, fetch = globalThis.fetch, timing }: LogServiceOptions = {}) {
    const base = baseUrl ?? ('location' in globalThis ? '' : 'http://localhost:8080');
    this.#timing = { ...TIMING, ...timing };
    this.#ask = async (path, query, accept, signal) => {
      const given = Object.entries(query).flatMap(([name, value]): [string, string][] =>
        value === undefined ? [] : [[name, String(value)]],
      );
      const search = new URLSearchParams(given);
      const url = `${base.replace(/\/+$/, '')}${path}?${search}`;
      // Called without a receiver: a browser's own fetch takes no other.
      const response = await fetch(url, { headers: { ...headers, accept }, signal });
      if (response.ok) return response;
      throw new LogRequestError(await reasonOf(response), response);
    };
  }

  /** Lines of a run and its tasks, oldest first. */
  getJobRunLogs(jobRunId: string, limit = 100, offset = 0): Promise<LogMessage[]> {
    return this.#list(`${LOGS}/job-runs/${encodeURIComponent(jobRunId)}`, { limit, offset });
  }

  /** Lines of one task of a run, oldest first. */
  getTaskRunLogs(taskRunId: string, limit = 100, offset = 0): Promise<LogMessage[]> {
    return this.#list(`${LOGS}/task-runs/${encodeURIComponent(taskRunId)}`, { limit, offset });
  }

  /** Lines of the system, newest first. */
  getSystemLogs(limit = 100, offset = 0): Promise<LogMessage[]> {
    return this.#list(`${LOGS}/system`, { limit, offset });
  }

  /** Lines of a type, newest first. */
  getLogsByType(type: LogType, limit = 100, offset = 0): Promise<LogMessage[]> {
    return this.#list(`${LOGS}/type/${encodeURIComponent(type)}`, { limit, offset });
  }

  /** Tells every line that comes, or those that fit. */
  streamAllLogs({ onMessage, onState, onError, after, ...filter }: LogStreamOptions): LogStream {
    const stop = new AbortController();
    const door = { ask: this.#ask, timing: this.#timing, signal: stop.signal };
    const done = follow(door, filter, { onMessage, onState, onError, after });
    return { close: () => stop.abort(), done };
  }

  /** Tells every line of a run, from its first on, until the run is over. */
  streamJobRunLogs(jobRunId: string, options: LogStreamOptions): LogStream {
    return this.streamAllLogs({ ...options, job_run_id: jobRunId });
  }

  #list(path: string, query: Query): Promise<LogMessage[]> {
    const { signal } = new AbortController();
    return list({ ask: this.#ask, timing: this.#timing, signal }, path, query);
  }
}

type Query = Record<string, string | number | undefined>;
type Ask = (path: string, query: Query, accept: string, signal: AbortSignal) => Promise<Response>;
type Door = { ask: Ask; timing: typeof TIMING; signal: AbortSignal };
/** Which lines a gap has left out. */
type Left = { after: number; until: number };
type Hearer = Pick<LogStreamOptions, 'onMessage' | 'onState' | 'onError' | 'after'>;

async function follow(door: Door, filter: LogFilter, hearer: Hearer): Promise<LogStreamEnd> {
  const { timing, signal } = door;
  const isNew = newcomers(hearer.after);
  /** Up to where streams have told all; pages may have told single lines behind it. */
  let last = hearer.after;
  /** When the newest line was said that was told. */
  let newest: string | undefined;
  let state: LogStreamState | undefined;
  let told = 0;
  /** When the stream said its first and its last. */
  let heard = { first: 0, last: 0 };
  /** Which pause the server asks for, in ms. */
  let heeded = 0;
  let thrown: { error: unknown } | undefined;

  const become = (next: LogStreamState) => {
    if (next !== state) hearer.onState?.(next);
    state = next;
  };

  async function tell(line: LogMessage): Promise<void> {
    if (signal.aborted || !isNew(line.id)) return;
    if (newest === undefined || line.timestamp > newest) newest = line.timestamp;
    told++;
    try {
      await hearer.onMessage(line);
    } catch (error) {
      thrown = { error };
      throw error;
    }
  }

  /** What comes from now on is what comes after the newest line, also when the first stream is cut before it told one. */
  const beginsNow = !filter.job_run_id && !filter.task_run_id && !filter.from;
  async function locate(): Promise<void> {
    const [line] = await list(door, LOGS, { order: 'desc', limit: 1 });
    last = line?.id ?? 0;
    newest = line?.timestamp;
    if (line) isNew(line.id);
  }

  /** One stream until it ends or is cut: from the last line on, or what a gap has left out. */
  async function listen(left?: Left): Promise<LogStreamEnd | undefined> {
    const cut = new AbortController();
    const patient = <T>(ms: number, work: Promise<T>): Promise<T> => {
      const timer = setTimeout(() => cut.abort(new Error(`KubeScribe said nothing for ${ms} ms.`)), ms);
      return work.finally(() => clearTimeout(timer));
    };
    if (last === undefined && beginsNow) await locate().catch(() => {});
    try {
      const either = AbortSignal.any([signal, cut.signal]);
      const query = { ...filter, ...(left ?? { after: last }) };
      const asked = door.ask(`${LOGS}/stream/sse`, query, 'text/event-stream', either);
      const reader = (await patient(timing.answer, asked)).body?.getReader();
      if (!reader) throw new Error('KubeScribe answered without a stream.');
      let ms = timing.answer;
      for await (const { event, data } of frames(() => patient(ms, reader.read()))) {
        become('live');
        ms = timing.silence;
        heard = { first: heard.first || performance.now(), last: performance.now() };
        if (event === 'end') return { why: 'end', status: textOrNull(memberOf(data, 'status')) };
        if (event === 'gap') await fill(Number(memberOf(data, 'from')), Number(memberOf(data, 'to')));
        if (!isLine(data)) continue;
        await tell(data);
        last = Math.max(last ?? 0, data.id);
      }
      return undefined;
    } finally {
      cut.abort();
    }
  }

  async function fill(from: number, until: number): Promise<void> {
    const whole = await listen({ after: from - 1, until });
    if (!whole) throw new Error('The stream was cut in a gap.');
    last = Math.max(last ?? 0, until);
  }

  /** Pages in place of a stream, until a time; a little is read twice, for lines that were committed late. */
  async function poll(until: number): Promise<LogStreamEnd | undefined> {
    if (last === undefined && beginsNow) await locate();
    while (!signal.aborted && performance.now() < until) {
      // Looked at before the lines: those that the end of a run wrote are told too.
      const status = filter.job_run_id && (await endOf(door, filter.job_run_id));
      const from = newest ? new Date(Date.parse(newest) - OVERLAP).toISOString() : filter.from;
      let page = { ...filter, from, order: 'asc', limit: PAGE, cursor: undefined as string | undefined };
      do {
        const { lines, cursor } = await pageOf(door, LOGS, page);
        become('polling');
        for (const line of lines) await tell(line);
        page = { ...page, cursor };
      } while (page.cursor && !signal.aborted);
      if (status) return { why: 'end', status };
      await pause(timing.poll, signal);
    }
    return undefined;
  }

  /** Tries a way to the lines; undefined when another try may do better. */
  async function attempt(way: () => Promise<LogStreamEnd | undefined>, final: ReadonlySet<number>) {
    try {
      return await way();
    } catch (error) {
      if (thrown) throw thrown.error;
      if (signal.aborted) return undefined;
      const fault = error instanceof Error ? error : new Error(String(error));
      hearer.onError?.(fault);
      if (state !== 'polling' || final === FINAL_FOR_PAGES) become('waiting');
      if (!(fault instanceof LogRequestError)) return undefined;
      heeded = Math.min(fault.retryAfter * SECOND, timing.longestPause);
      return final.has(fault.status) ? ({ why: 'refused', error: fault } as const) : undefined;
    }
  }

  for (let failures = 0; !signal.aborted; ) {
    const before = told;
    [heard, heeded] = [{ first: 0, last: 0 }, 0];
    if (state !== 'polling') become('connecting');
    let end: LogStreamEnd | undefined = await attempt(() => listen(), FINAL);
    const good = told > before || heard.last - heard.first > timing.good;
    failures = good ? 0 : failures + 1;
    const longest = Math.min(timing.pause * 2 ** failures, timing.longestPause);
    const until = performance.now() + Math.max(longest * Math.random(), heeded);
    if (!end && failures >= FAILURES_TO_POLL)
      end = await attempt(() => poll(performance.now() + timing.polls), FINAL_FOR_PAGES);
    if (end) {
      become('closed');
      return end;
    }
    await pause(until - performance.now(), signal);
  }
  become('closed');
  return { why: 'closed' };
}

const list = async (door: Door, path: string, query: Query) => (await pageOf(door, path, query)).lines;

async function pageOf(door: Door, path: string, query: Query) {
  const response = await askForJson(door, path, query);
  const lines: unknown = await response.json();
  if (!Array.isArray(lines)) throw new Error(`${path} answered no list: is it KubeScribe?`);
  const next = /<([^>]*)>\s*;\s*rel="?next"?/.exec(response.headers.get('link') ?? '')?.[1];
  const cursor = next && new URL(next, 'http://any').searchParams.get('cursor');
  return { lines: lines.filter(isLine), cursor: cursor || undefined };
}

const askForJson = ({ ask, timing, signal }: Door, path: string, query: Query) =>
  ask(path, query, 'application/json', AbortSignal.any([signal, AbortSignal.timeout(timing.answer)]));

/** How a run has ended, or the wish for one; undefined while it has not. */
async function endOf(door: Door, runId: string): Promise<string | undefined> {
  const run: unknown = await (await askForJson(door, `/runs/${encodeURIComponent(runId)}`, {})).json();
  const said = memberOf(run, 'status') ?? memberOf(memberOf(run, 'request'), 'state');
  return typeof said === 'string' && !GOING_ON.has(said) ? said : undefined;
}

type Frame = { event: string; data: unknown };

/** The frames of a stream of server-sent events whose data are JSON. */
async function* frames(read: () => Promise<{ value?: Uint8Array | undefined }>): AsyncGenerator<Frame> {
  const decoder = new TextDecoder();
  let [rest, event, data] = ['', 'message', ''];
  for (let { value } = await read(); value; { value } = await read()) {
    rest += decoder.decode(value, { stream: true });
    // A carriage return at the end may be the first half of a line's end.
    const lines = rest.split(/\r\n|\n|\r(?!$)/);
    rest = lines.pop() ?? '';
    // Whoever waits for it learns that the stream lives.
    yield { event: 'alive', data: undefined };
    for (const line of lines) {
      const [, name, text = ''] = /^(\w+)(?:: ?(.*))?$/s.exec(line) ?? [];
      if (name === 'event') event = text;
      if (name === 'data') data += `${text}\n`;
      if (line !== '') continue;
      if (data !== '') yield { event, data: parsed(data) };
      [event, data] = ['message', ''];
    }
  }
}

/** Tells of each id whether it comes for the first time; ids come nearly in order. */
function newcomers(after = 0): (id: number) => boolean {
  const seen = new Set<number>();
  let floor = after;
  return (id) => {
    if (id <= floor || seen.has(id)) return false;
    seen.add(id);
    const [oldest = 0] = seen;
    if (seen.size > REMEMBERED && seen.delete(oldest)) floor = Math.max(floor, oldest);
    return true;
  };
}

function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(go, Math.max(0, ms));
    function go(): void {
      clearTimeout(timer);
      signal.removeEventListener('abort', go);
      resolve();
    }
    signal.addEventListener('abort', go);
    if (signal.aborted) go();
  });
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function memberOf(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null ? new Map(Object.entries(value)).get(name) : undefined;
}

const textOrNull = (value: unknown) => (typeof value === 'string' ? value : null);

function isLine(value: unknown): value is LogMessage {
  return typeof memberOf(value, 'id') === 'number' && typeof memberOf(value, 'message') === 'string';
}

/** What a refusal says. */
async function reasonOf(response: Response): Promise<string> {
  const problem = parsed(await response.text().catch(() => ''));
  const said = [memberOf(problem, 'title'), memberOf(problem, 'detail')].filter(
    (one) => typeof one === 'string',
  );
  return said.length > 0 ? said.join(': ') : `KubeScribe answered ${response.status}.`;
}
