import type { IncomingMessage, ServerResponse } from 'node:http';
import { Readable } from 'node:stream';
import { headerList } from './header-list.ts';

/** fetch refuses them, and so do we: none has a meaning here. */
const REFUSED = new Set(['CONNECT', 'TRACE', 'TRACK']);

/**
 * A message of node:http as a `Request`, whose parts are made when they are looked at; Node's own, and with it all of
 * fetch, only for who reads the body by its methods. Undefined when the request line or its host make no request.
 */
export function incoming(message: IncomingMessage, reply: ServerResponse): Request | undefined {
  const { method = 'GET' } = message;
  const url = addressOf(message);
  if (!url || REFUSED.has(method)) return undefined;
  const bodyless = method === 'GET' || method === 'HEAD';
  let headers: Headers | undefined;
  let signal: AbortSignal | undefined;
  let body: ReadableStream<Uint8Array> | null | undefined = bodyless ? null : undefined;
  let made: Request | undefined;
  const whole = () => {
    made ??= new Request(url, {
      method,
      headers: [...request.headers],
      signal: request.signal,
      duplex: 'half',
      ...(!bodyless && { body: request.body }),
    });
    return made;
  };
  const request: Request = {
    method,
    url,
    get headers() {
      headers ??= headerList(fieldsOf(message));
      return headers;
    },
    get signal() {
      signal ??= goneWith(reply);
      return signal;
    },
    get body() {
      if (body === undefined) body = Readable.toWeb(message) as ReadableStream<Uint8Array>;
      return made ? made.body : body;
    },
    get bodyUsed() {
      return made?.bodyUsed ?? false;
    },
    duplex: 'half',
    cache: 'default',
    credentials: 'same-origin',
    destination: '',
    integrity: '',
    keepalive: false,
    mode: 'cors',
    redirect: 'follow',
    referrer: 'about:client',
    referrerPolicy: '',
    clone: () => whole().clone(),
    text: () => whole().text(),
    json: () => whole().json(),
    bytes: () => whole().bytes(),
    blob: () => whole().blob(),
    arrayBuffer: () => whole().arrayBuffer(),
    formData: () => whole().formData(),
  };
  return request;
}

function addressOf({ url = '/', headers }: IncomingMessage): string | undefined {
  const parsed = URL.parse(url, `http://${headers.host ?? 'localhost'}`);
  return parsed && parsed.username === '' && parsed.password === '' ? parsed.href : undefined;
}

function* fieldsOf({ rawHeaders }: IncomingMessage): Generator<[string, string]> {
  for (let i = 0; i < rawHeaders.length; i += 2) yield [rawHeaders[i]!, rawHeaders[i + 1]!];
}

/** Aborted when whoever asked has gone before the answer was whole. */
function goneWith(reply: ServerResponse): AbortSignal {
  const gone = new AbortController();
  const look = () => {
    if (!reply.writableFinished) gone.abort();
  };
  if (reply.closed) look();
  else reply.once('close', look);
  return gone.signal;
}
