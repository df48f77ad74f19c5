/** Connections that leave HTTP: a handler answers 101 together with who takes the connection over. */
import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { answer } from './answer.ts';
import { problemResponse } from './problem.ts';

type TakeOver = (message: IncomingMessage, socket: Duplex, head: Buffer) => void;

/** `refused` is called instead when the host cannot hand connections over. */
type Switching = { takeOver: TakeOver; refused(): void };

const switching = new WeakMap<Response, Switching>();

/** The answer that hands its connection over; a host that cannot do it answers 426 in its place. */
export function switchTo(next: Switching): Response {
  const response = answer(null, { status: 101 });
  switching.set(response, next);
  return response;
}

/** Who takes the connection over; undefined for an answer that is none but an answer. */
export const takeOverOf = (response: Response): TakeOver | undefined => switching.get(response)?.takeOver;

/** Lets somebody hear of the connection when it is taken over; false when it will not be. */
export function onTakeOver(response: Response, hear: (socket: Duplex) => void): boolean {
  const next = switching.get(response);
  if (!next) return false;
  const takeOver: TakeOver = (message, socket, head) => {
    hear(socket);
    next.takeOver(message, socket, head);
  };
  switching.set(response, { ...next, takeOver });
  return true;
}

/** An answer for a connection that nobody can take over. */
export function unlessSwitching(response: Response): Response {
  const next = switching.get(response);
  if (!next) return response;
  next.refused();
  return upgradeRequired();
}

/** What a plain request gets where only a WebSocket is served. */
export const upgradeRequired = (): Response =>
  problemResponse({
    status: 426,
    title: 'Upgrade required',
    detail: 'This path is a WebSocket, which this connection is not.',
    headers: { upgrade: 'websocket' },
  });
