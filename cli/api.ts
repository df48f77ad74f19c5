/** Talking to a KubeScribe server over HTTP; what goes wrong becomes one sentence. */
import type { Command } from 'commander';
import createClient, { type Client } from 'openapi-fetch';
import * as z from 'zod';
import { send } from '../lib/boundary.ts';
import { loadConfig } from '../lib/config.ts';
import { redact } from '../lib/logs/redact.ts';
import type { Paths } from './paths.ts';
import { serverPlace } from './place.ts';
import type { Shared } from './print.ts';

const SECOND = 1000;
/** A function may have to start first. */
const PATIENCE = 30 * SECOND;

/** Nothing answered: `what` is the fact alone, the message also says what to do. */
export class Unreachable extends Error {
  readonly what: string;
  constructor(what: string, mend: string, options?: ErrorOptions) {
    super(what + mend, options);
    this.what = what;
  }
}

/** The server answered with a problem. */
export class Refused extends Error {
  readonly status: number;
  readonly problem: unknown;
  constructor(message: string, status: number, problem: unknown) {
    super(message);
    this.status = status;
    this.problem = problem;
  }
}

type Answer = {
  body: unknown;
  /** Path and query of the next page. */
  next: string | undefined;
};

export type Api = {
  url: string;
  /** Every door, with the types of the contract; what is no good answer is thrown. */
  doors: Client<Paths>;
  get(path: string): Promise<Answer>;
  post(path: string, body: unknown, headers?: Record<string, string>): Promise<Answer>;
  put(path: string, body: unknown): Promise<Answer>;
  delete(path: string, body: unknown): Promise<Answer>;
};

/** The server that a command talks to. */
export function apiOf(command: Command): Api {
  return openApi(serverPlace(command.optsWithGlobals<Shared>().url, loadConfig()).url);
}

/** A server at an address. */
export function openApi(url: string): Api {
  return {
    url,
    doors: createClient<Paths>({ baseUrl: url, headers: OURS, fetch: (request) => well(url, request) }),
    get: (path) => ask(url, path, { headers: { accept: 'application/json' } }),
    post: (path, body, headers) => ask(url, path, wish('POST', body, headers)),
    put: (path, body) => ask(url, path, wish('PUT', body)),
    delete: (path, body) => ask(url, path, wish('DELETE', body)),
  };
}

/** Who asks by this program is a person: the run's trigger becomes `manual`. */
const OURS = { accept: 'application/json', 'x-kubescribe-client': 'cli' };

const wish = (method: string, body: unknown, headers: Record<string, string> = {}): RequestInit => ({
  method,
  headers: { ...OURS, 'content-type': 'application/json', ...headers },
  body: JSON.stringify(body),
});

/** The answer to a request of the typed client, when it is a good one. */
async function well(url: string, request: Request): Promise<Response> {
  const { method, headers } = request;
  const body = await request.text();
  const path = request.url.slice(new URL(url).href.replace(/\/$/, '').length);
  const init = { method, headers, ...(body !== '' && { body }) };
  const { response, text } = await exchange(url.replace(/\/$/, ''), path, init);
  checked(url, response, text);
  return new Response(text, { status: response.status, headers: response.headers });
}

/** What a door told, once it has. */
export async function told<T>(asking: Promise<{ data?: T; response: Response }>): Promise<T> {
  const { data, response } = await asking;
  if (data === undefined) throw new Error(`${redact(response.url)} answered nothing: is it KubeScribe?`);
  return data;
}

type Page<T> = { data?: T[]; response: Response };

/** Pages through a list until there are `limit` rows; `more` tells whether the server has others. */
export async function listed<T>(
  limit: number,
  ask: (page: { limit: string; cursor?: string }) => Promise<Page<T>>,
): Promise<{ rows: T[]; more: boolean }> {
  const rows: T[] = [];
  const page = { limit: String(Math.min(limit, PAGE)) };
  let asking = ask(page);
  for (;;) {
    rows.push(...(await told(asking)));
    const { response } = await asking;
    const next = /<([^>]*)>\s*;\s*rel="?next"?/.exec(response.headers.get('link') ?? '')?.[1];
    // Only the cursor is taken from outside: requests stay at the server and the list that were named.
    const cursor = next && new URL(next, 'http://any').searchParams.get('cursor');
    if (!cursor || rows.length >= limit) {
      return { rows: rows.slice(0, limit), more: Boolean(next) || rows.length > limit };
    }
    asking = ask({ ...page, cursor });
  }
}

async function ask(url: string, path: string, init: RequestInit): Promise<Answer> {
  const { response, text } = await exchange(url, path, init);
  const body = checked(url, response, text);
  const next = /<([^>]*)>\s*;\s*rel="?next"?/.exec(response.headers.get('link') ?? '')?.[1];
  return { body, next };
}

function checked(url: string, response: Response, text: string): unknown {
  const body = parse(text);
  if (!response.ok) throw new Refused(problemSentence(url, response, body), response.status, body);
  if (body === undefined) throw new Error(`${redact(url)} did not answer in JSON: is it KubeScribe?`);
  return body;
}

async function exchange(url: string, path: string, init: RequestInit) {
  try {
    const response = await send('cli', url + path, { ...init, signal: AbortSignal.timeout(PATIENCE) });
    return { response, text: await response.text() };
  } catch (error) {
    throw unreachable(redact(url), error);
  }
}

function unreachable(url: string, cause: unknown): Unreachable {
  if (cause instanceof Error && cause.name === 'TimeoutError') {
    return new Unreachable(`${url} did not answer within ${PATIENCE / SECOND} s`, '.', { cause });
  }
  const mend = ': start it with `make run`, or say where it is with --url.';
  return new Unreachable(`Nothing answers at ${url} (${reason(cause)})`, mend, { cause });
}

/** The shortest true word for a failed request: ECONNREFUSED, ENOTFOUND, … */
export function reason(error: unknown): string {
  if (!(error instanceof Error)) return 'no answer';
  if ('code' in error && typeof error.code === 'string' && error.code !== '') return error.code;
  if (error instanceof AggregateError && error.errors.length > 0) return reason(error.errors[0]);
  return error.cause ? reason(error.cause) : error.message;
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

const Problem = z.object({
  title: z.string(),
  detail: z.string().optional(),
  errors: z
    .array(z.object({ pointer: z.string().optional(), parameter: z.string().optional(), detail: z.string() }))
    .catch([]),
});

function problemSentence(url: string, response: Response, body: unknown): string {
  const problem = Problem.safeParse(body);
  if (!problem.success) {
    return `${redact(url)} answered ${response.status} ${response.statusText}: is it KubeScribe?`;
  }
  const { title, detail, errors } = problem.data;
  const faults = errors.map((fault) => `${fault.pointer ?? fault.parameter ?? ''} ${fault.detail}`.trim());
  return [detail ? `${title}: ${detail}` : title, faults.join('; ')].filter(Boolean).join(' ');
}

/** Reads an answer by its shape. */
export function read<T>(shape: z.ZodType<T>, value: unknown, url: string): T {
  const parsed = shape.safeParse(value);
  if (parsed.success) return parsed.data;
  const at = parsed.error.issues[0]?.path.join('.') || 'its top';
  throw new Error(`${redact(url)} answered in a shape that is not known here (at ${at}): is it KubeScribe?`);
}

/** Pages through a list until there are `limit` rows; `more` tells whether the server has others. */
export async function list(api: Api, path: string, query: URLSearchParams, limit: number) {
  const rows: unknown[] = [];
  query.set('limit', String(Math.min(limit, PAGE)));
  let { body, next } = await api.get(`${path}?${query}`);
  for (;;) {
    rows.push(...read(z.array(z.unknown()), body, api.url));
    if (!next || rows.length >= limit) break;
    // Only the query is taken from outside: requests stay at the server that was named.
    ({ body, next } = await api.get(path + new URL(next, api.url).search));
  }
  return { rows: rows.slice(0, limit), more: next !== undefined || rows.length > limit };
}

/** The largest page that a server gives. */
const PAGE = 200;
