/** All streams of a process: who follows, for how long, and how they are doing. */
import type { Db } from '../db/connect.ts';
import type { Service } from '../http/service.ts';
import { type Client, openClient, type Wish } from './client.ts';
import type { Frames } from './frames.ts';
import { openTail, type Tail } from './tail.ts';

const SECOND = 1000;
const MINUTE = 60 * SECOND;

/** What the Service's `timeoutSeconds` says: Knative cuts a stream that is older in mid-sentence. */
export const STREAM_TIMEOUT = 10 * MINUTE;
/** Streams of one moment do not all end in one: each is up to a tenth shorter than the longest. */
const LONGEST = STREAM_TIMEOUT - 10 * SECOND;
const BEAT = 15 * SECOND;

export type Kind = 'sse' | 'ws';

/** Counted since the process began. */
type Count = { told: number; dropped: number; gaps: number };

export type Streams = {
  tail: Tail;
  db: Db;
  count: Count;
  connections: Record<Kind, Set<Client>>;
  began: number;
};

const all = new WeakMap<Db, Streams>();

/** The streams of a process on its RunLog. */
export function streamsOf(service: Service): Streams {
  const streams = all.get(service.runlog) ?? {
    tail: openTail(service),
    db: service.runlog,
    count: { told: 0, dropped: 0, gaps: 0 },
    connections: { sse: new Set<Client>(), ws: new Set<Client>() },
    began: performance.now(),
  };
  all.set(service.runlog, streams);
  return streams;
}

/** Opens a stream of a kind, which lasts until it is all told, for some minutes, or until the host stops. */
export async function openStream(service: Service, kind: Kind, wish: Wish, frames: Frames): Promise<Client> {
  const streams = streamsOf(service);
  const client = await openClient(streams, wish, frames);
  const open = streams.connections[kind];
  open.add(client);
  const time = setTimeout(() => client.stop('time'), LONGEST * (1 - Math.random() / 10));
  const beat = setInterval(
    () => frames.beat && client.mailbox.isEmpty() && client.mailbox.put(frames.beat),
    BEAT,
  );
  const drain = () => client.stop('stopping');
  if (service.draining.aborted) drain();
  service.draining.addEventListener('abort', drain);
  void client.stopped.then(() => {
    open.delete(client);
    clearTimeout(time);
    clearInterval(beat);
    service.draining.removeEventListener('abort', drain);
  });
  return client;
}

/** How the streams of this process are doing. */
export function streamStatus({ tail, count, connections, began }: Streams) {
  const going = tail.isGoing();
  return {
    connections: { sse: connections.sse.size, ws: connections.ws.size },
    listening: tail.isListening(),
    position: going ? tail.position() : null,
    newest: going ? tail.newest() : null,
    lag_ms: going ? Math.round(tail.lag()) : null,
    ...count,
    wakes: tail.wakes(),
    counting_ms: Math.round(performance.now() - began),
  };
}
