import { type WebSocket, WebSocketServer } from 'ws';
import type { Service } from '../http/service.ts';
import { switchTo } from '../http/upgrade.ts';
import type { Client, Why, Wish } from './client.ts';
import { socketFrames } from './frames.ts';
import { openStream } from './streams.ts';

const KIB = 1024;
const SECOND = 1000;
/** Given to the socket at once at most, and more when that was written. */
const CHUNK = 64 * KIB;
const BEAT = 15 * SECOND;
/** After so long without any sign of it a client is gone. */
const SILENCE = 4 * BEAT;
/** What a client may say, which is not listened to. */
const LONGEST_MESSAGE = KIB;

const CLOSED = {
  end: [1000, 'that was all'],
  time: [1001, 'come again'],
  stopping: [1012, 'come again'],
  gone: [1000, ''],
} as const satisfies Record<Why, readonly [code: number, reason: string]>;

let handshakes: WebSocketServer | undefined;

/** A stream through a WebSocket. */
export async function answerSocket(service: Service, wish: Wish): Promise<Response> {
  const client = await openStream(service, 'ws', wish, socketFrames);
  const leave = () => client.stop('gone');
  handshakes ??= new WebSocketServer({
    noServer: true,
    perMessageDeflate: false,
    clientTracking: false,
    maxPayload: LONGEST_MESSAGE,
  });
  const { handleUpgrade } = handshakes;
  return switchTo({
    refused: leave,
    takeOver(message, stream, head) {
      // A handshake that fails ends the connection, and tells nobody.
      if (stream.destroyed) leave();
      else stream.once('close', leave);
      handleUpgrade.call(handshakes, message, stream, head, (socket) => void talk(socket, client));
    },
  });
}

async function talk(socket: WebSocket, { mailbox, stopped, cut }: Client): Promise<void> {
  let sign = performance.now();
  const alive = () => {
    sign = performance.now();
  };
  const beat = setInterval(() => {
    if (performance.now() - sign > SILENCE) socket.terminate();
    else if (mailbox.isEmpty()) socket.ping();
  }, BEAT);
  socket.on('pong', alive).on('error', () => socket.terminate());
  void cut.then(() => socket.terminate());
  while (!mailbox.isOver() && socket.readyState === socket.OPEN) {
    await mailbox.filled();
    await say(socket, mailbox.empty(CHUNK));
    alive();
  }
  clearInterval(beat);
  const [code, reason] = CLOSED[await stopped];
  socket.close(code, reason);
}

/** Resolves when all was written, or cannot be. */
function say(socket: WebSocket, frames: readonly Buffer[]): Promise<void> {
  return new Promise((resolve) => {
    for (const frame of frames.slice(0, -1)) socket.send(frame, { binary: false });
    const last = frames.at(-1);
    if (last) socket.send(last, { binary: false }, () => resolve());
    else resolve();
  });
}
