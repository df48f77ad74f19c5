/** A way to PostgreSQL that can be cut: right after a COMMIT went through, before it does, or altogether. */

import type { AddressInfo } from 'node:net';
import { connect, createServer, type Socket } from 'node:net';

/** `after`: the server commits, the client never hears of it. `before`: the server never hears of it. */
type Cut = 'after' | 'before';

export type CutProxy = {
  url: string;
  /** Cuts the n-th COMMIT from now on. */
  cutCommit(nth: number, how: Cut): void;
  /** Cuts the connection over which this many bytes go, from now on, in either direction. */
  cutBytes(after: number): void;
  /** Lets the COMMIT that was still to be cut go through. */
  spare(): void;
  /** How many cuts there were. */
  cuts(): number;
  /** Away: refuses and drops every connection until it is back. */
  goAway(): void;
  comeBack(): void;
  stop(): Promise<void>;
};

/** A simple query `commit`, as drivers send it: Q, its length, its text, a zero. */
const COMMIT = Buffer.from([0x51, 0, 0, 0, 11, ...Buffer.from('commit'), 0]);

/** Starts a proxy before the server of a URL; the URL it gives names the same database. */
export async function startCutProxy(target: string): Promise<CutProxy> {
  const { hostname, port } = new URL(target);
  const sockets = new Set<Socket>();
  let away = false;
  let due: { left: number; how: Cut } | undefined;
  let bytesLeft: number | undefined;
  let cut = 0;

  /** True when this piece is the one at which the connection is to be cut. */
  const exhausts = (bytes: Buffer) => {
    if (bytesLeft === undefined) return false;
    bytesLeft -= bytes.length;
    if (bytesLeft > 0) return false;
    bytesLeft = undefined;
    cut++;
    return true;
  };

  const server = createServer((client) => {
    if (away) return void client.destroy();
    const upstream = connect(Number(port), hostname);
    const drop = () => {
      client.destroy();
      upstream.destroy();
    };
    for (const socket of [client, upstream]) {
      sockets.add(socket);
      socket.on('error', drop).on('close', () => {
        sockets.delete(socket);
        drop();
      });
    }
    let deaf = false;
    upstream.on('data', (bytes) => {
      // What the server says to a COMMIT that is cut is the sign that it has happened.
      if (deaf || exhausts(bytes)) drop();
      else client.write(bytes);
    });
    client.on('data', (bytes) => {
      if (due && bytes.includes(COMMIT) && --due.left === 0) {
        const { how } = due;
        due = undefined;
        cut++;
        if (how === 'before') return drop();
        deaf = true;
      }
      if (exhausts(bytes)) drop();
      else upstream.write(bytes);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const url = new URL(target);
  url.hostname = '127.0.0.1';
  url.port = String((server.address() as AddressInfo).port);
  const dropAll = () => {
    for (const socket of sockets) socket.destroy();
  };
  return {
    url: url.href,
    cutCommit(nth, how) {
      due = { left: nth, how };
    },
    cutBytes(after) {
      bytesLeft = after;
    },
    spare() {
      due = undefined;
    },
    cuts: () => cut,
    goAway() {
      away = true;
      dropAll();
    },
    comeBack() {
      away = false;
    },
    async stop() {
      const closed = new Promise((resolve) => server.close(resolve));
      dropAll();
      await closed;
    },
  };
}
