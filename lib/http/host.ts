import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { textOf } from './answer.ts';
import { incoming } from './incoming.ts';
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
  const unused = new Set<Socket>();
  const server = createServer((message, reply) => {
    unused.delete(message.socket);
    // A kept connection would hold up the end of a closing server.
    reply.once('close', () => {
      if (!server.listening) server.closeIdleConnections();
    });
    // Probes come often and mean only that the process lives: they cost nothing.
    if (message.url === '/livez') reply.writeHead(200, { 'content-type': 'text/plain' }).end('ok\n');
    else void respond(handler, message, reply);
  });
  // Clients open connections ahead of need; node:http counts one that never asked as busy, for as long as a head may take.
  server.on('connection', (socket: Socket) => {
    unused.add(socket);
    socket.once('close', () => unused.delete(socket));
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
        for (const socket of unused) socket.destroy();
      }),
  };
}

/** Answers one node:http request by a web-standard handler. */
async function respond(handler: Handler, message: IncomingMessage, reply: ServerResponse): Promise<void> {
  try {
    const response = await handleMessage(handler, message, reply);
    const text = textOf(response);
    const headers = fieldsOf(response);
    if (typeof text === 'string') headers['content-length'] = String(Buffer.byteLength(text));
    reply.writeHead(response.status, headers);
    if (message.method === 'HEAD') {
      reply.end();
      if (text === undefined) await response.body?.cancel();
    } else if (text === undefined && response.body) await pump(response.body, reply);
    else reply.end(text);
  } catch {
    // An answer that broke off must not look whole.
    if (reply.headersSent) reply.destroy();
    else reply.writeHead(500, { 'content-type': 'text/plain' }).end();
  }
  // An unread body would stand in the way of the connection's next request.
  if (!message.readableEnded) message.resume();
}

function fieldsOf({ headers }: Response): Record<string, string | string[]> {
  const fields: Record<string, string | string[]> = Object.fromEntries(headers);
  if ('set-cookie' in fields) fields['set-cookie'] = headers.getSetCookie();
  return fields;
}

async function pump(body: ReadableStream<Uint8Array>, reply: ServerResponse): Promise<void> {
  const reader = body.getReader();
  // Whoever reads may leave while nothing is being said.
  reply.once('close', () => void reader.cancel().catch(() => {}));
  for (let next = await reader.read(); !next.done; next = await reader.read()) {
    if (reply.destroyed) return;
    if (!reply.write(next.value)) await drained(reply);
  }
  reply.end();
}

/** Until more may be written, or nobody reads any more. */
function drained(reply: ServerResponse): Promise<void> {
  return new Promise((resolve) => {
    const go = () => {
      reply.off('drain', go).off('close', go);
      resolve();
    };
    reply.on('drain', go).on('close', go);
  });
}

async function handleMessage(handler: Handler, message: IncomingMessage, reply: ServerResponse) {
  const request = incoming(message, reply);
  if (request) return handler(request);
  return problemResponse({
    status: 400,
    title: 'Bad request',
    detail: 'The address, host or method of this request cannot be read.',
  });
}
