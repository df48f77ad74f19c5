import { createServer, type IncomingMessage, type Server, ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { incoming } from './incoming.ts';
import { problemResponse } from './problem.ts';
import type { Handler } from './router.ts';
import { takeOverOf, unlessSwitching } from './upgrade.ts';
import { writeAnswer } from './write-answer.ts';

const SECOND = 1000;

/** Above the 90 s for which a proxy in front may keep a connection that it wants to use again. */
const KEEP_ALIVE = 95 * SECOND;
/** What a connection that left HTTP may take to say goodbye. */
const FAREWELL = 3 * SECOND;

export type Listening = {
  port: number;
  server: Server;
  /** Takes no new connections, ends idle ones, and waits until the open requests are answered. */
  close(): Promise<void>;
};

/** Serves a web-standard handler on node:http. Port 0 takes any free one. */
export async function listen(handler: Handler, options: { port: number; host?: string }): Promise<Listening> {
  const unused = new Set<Socket>();
  const left = new Set<Socket>();
  // Of all that clients would like to speak instead, only this is spoken here; the rest stays HTTP.
  const shouldUpgradeCallback = ({ method, headers }: IncomingMessage) =>
    method === 'GET' && headers.upgrade?.toLowerCase() === 'websocket';
  const server = createServer({ shouldUpgradeCallback }, (message, reply) => {
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
  server.on('upgrade', (message: IncomingMessage, socket: Socket, head: Buffer) => {
    unused.delete(socket);
    left.add(socket);
    socket.once('close', () => left.delete(socket)).on('error', () => socket.destroy());
    void handOver(handler, message, socket, head);
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
        const cut = () => {
          for (const socket of left) socket.destroy();
        };
        setTimeout(cut, FAREWELL).unref();
      }),
  };
}

/** Answers one node:http request by a web-standard handler. */
async function respond(handler: Handler, message: IncomingMessage, reply: ServerResponse): Promise<void> {
  try {
    await writeAnswer(unlessSwitching(await handleMessage(handler, message, reply)), message, reply);
  } catch {
    // An answer that broke off must not look whole.
    if (reply.headersSent) reply.destroy();
    else reply.writeHead(500, { 'content-type': 'text/plain' }).end();
  }
  // An unread body would stand in the way of the connection's next request.
  if (!message.readableEnded) message.resume();
}

/** Answers a request to leave HTTP: its connection is handed over, or hears why not and ends. */
async function handOver(
  handler: Handler,
  message: IncomingMessage,
  socket: Socket,
  head: Buffer,
): Promise<void> {
  const reply = new ServerResponse(message);
  reply.shouldKeepAlive = false;
  reply.assignSocket(socket);
  reply.once('finish', () => socket.end());
  try {
    const response = await handleMessage(handler, message, reply);
    const takeOver = takeOverOf(response);
    if (!takeOver) return await writeAnswer(response, message, reply);
    reply.detachSocket(socket);
    takeOver(message, socket, head);
  } catch {
    socket.destroy();
  }
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
