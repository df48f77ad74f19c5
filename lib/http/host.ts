import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Readable } from 'node:stream';
import { problemResponse } from './problem.ts';
import type { Handler } from './router.ts';

const SECOND = 1000;

/** Above the 90 s for which a proxy in front may keep a connection that it wants to use again. */
const KEEP_ALIVE = 95 * SECOND;

export type Listening = {
  port: number;
  server: Server;
  /** Takes no new connections, ends idle ones, and waits until the open requests are answered. */
  close(): Promise<void>;
};

/** Serves a web-standard handler on node:http. Port 0 takes any free one. */
export async function listen(handler: Handler, options: { port: number; host?: string }): Promise<Listening> {
  const server = createServer((message, reply) => {
    // A kept connection would hold up the end of a closing server.
    reply.once('close', () => {
      if (!server.listening) server.closeIdleConnections();
    });
    // Probes come often and mean only that the process lives: they cost nothing.
    if (message.url === '/livez') reply.writeHead(200, { 'content-type': 'text/plain' }).end('ok\n');
    else void respond(handler, message, reply);
  });
  server.keepAliveTimeout = KEEP_ALIVE;
  server.headersTimeout = KEEP_ALIVE + SECOND;
  server.requestTimeout = 60 * SECOND;
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(options.port, options.host ?? '0.0.0.0', resolve);
  });
  const { port } = server.address() as AddressInfo;
  return {
    port,
    server,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeIdleConnections();
      }),
  };
}

/** Answers one node:http request by a web-standard handler. */
async function respond(handler: Handler, message: IncomingMessage, reply: ServerResponse): Promise<void> {
  try {
    const response = await handleMessage(handler, message, reply);
    const headers: Record<string, string | string[]> = Object.fromEntries(response.headers);
    const cookies = response.headers.getSetCookie();
    if (cookies.length > 0) headers['set-cookie'] = cookies;
    reply.writeHead(response.status, headers);
    if (response.body && message.method !== 'HEAD') await pump(response.body, reply);
    else {
      reply.end();
      await response.body?.cancel();
    }
  } catch {
    // An answer that broke off must not look whole.
    if (reply.headersSent) reply.destroy();
    else reply.writeHead(500, { 'content-type': 'text/plain' }).end();
  }
  // An unread body would stand in the way of the connection's next request.
  if (!message.readableEnded) message.resume();
}

async function pump(body: ReadableStream<Uint8Array>, reply: ServerResponse): Promise<void> {
  const reader = body.getReader();
  // Whoever reads may leave while nothing is being said.
  reply.once('close', () => void reader.cancel().catch(() => {}));
  for (let next = await reader.read(); !next.done; next = await reader.read()) {
    if (reply.destroyed) return;
    if (!reply.write(next.value)) {
      await new Promise<void>((resolve) => {
        reply.once('drain', resolve).once('close', resolve);
      });
    }
  }
  reply.end();
}

async function handleMessage(handler: Handler, message: IncomingMessage, reply: ServerResponse) {
  const request = toRequest(message, reply);
  if (request) return handler(request);
  return problemResponse({
    status: 400,
    title: 'Bad request',
    detail: 'The address, host or method of this request cannot be read.',
  });
}

/** Undefined when the request line or its host make no request. */
function toRequest(message: IncomingMessage, reply: ServerResponse): Request | undefined {
  const gone = new AbortController();
  reply.once('close', () => {
    if (!reply.writableFinished) gone.abort();
  });
  const headers = new Headers();
  for (let i = 0; i < message.rawHeaders.length; i += 2) {
    headers.append(message.rawHeaders[i]!, message.rawHeaders[i + 1]!);
  }
  const method = message.method ?? 'GET';
  const bodyless = method === 'GET' || method === 'HEAD';
  try {
    return new Request(new URL(message.url ?? '/', `http://${message.headers.host ?? 'localhost'}`), {
      method,
      headers,
      signal: gone.signal,
      ...(!bodyless && { body: Readable.toWeb(message) as ReadableStream<Uint8Array>, duplex: 'half' }),
    });
  } catch {
    return undefined;
  }
}
