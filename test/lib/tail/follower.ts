/** Programs that follow the log, each keeping what it was told: by Server-Sent Events and by a WebSocket. */
import { get, type IncomingMessage } from 'node:http';
import { WebSocket } from 'ws';
import type { LogLine } from '../../../lib/contract/log-line.ts';

type Told = { id?: number; event: string; data: Record<string, unknown> };

export type Follower = {
  /** What was told, in its order. */
  told: Told[];
  /** Ids of the lines alone. */
  ids(): number[];
  /** How the connection ended: a WebSocket's code, or 'end', or 'cut'. */
  closed: Promise<number | 'end' | 'cut'>;
  /** Reads no more, until it goes on. */
  pause(): void;
  resume(): void;
  /** Leaves without a word. */
  cut(): void;
};

/** Follows by Server-Sent Events. */
export function followEvents(
  url: string,
  headers: Record<string, string> = {},
  hear?: (id: number) => void,
): Follower {
  const { told, ids, keep } = keeping(hear);
  const closed = Promise.withResolvers<'end' | 'cut'>();
  let answer: IncomingMessage | undefined;
  let rest = '';
  const asked = get(url, { headers, agent: false }, (came) => {
    answer = came;
    if (came.statusCode !== 200) closed.resolve('cut');
    came.setEncoding('utf8').on('data', (text: string) => {
      const frames = (rest + text).split('\n\n');
      rest = frames.pop() ?? '';
      for (const frame of frames) keep(frameOf(frame));
    });
    came.once('close', () => closed.resolve(came.complete ? 'end' : 'cut'));
  });
  asked.once('error', () => closed.resolve('cut'));
  return {
    told,
    ids: () => ids,
    closed: closed.promise,
    pause: () => void answer?.pause(),
    resume: () => void answer?.resume(),
    cut: () => void asked.destroy(),
  };
}

function frameOf(frame: string): Told {
  const fields = Map.groupBy(frame.split('\n'), (line) => line.slice(0, line.indexOf(':')));
  const field = (name: string) => fields.get(name)?.map((line) => line.slice(name.length + 2))[0];
  const data = field('data');
  const id = field('id');
  return {
    event: field('event') ?? (data === undefined ? `${[...fields.keys()].join() || 'comment'}` : 'line'),
    data: data === undefined ? {} : JSON.parse(data),
    ...(id !== undefined && { id: Number(id) }),
  };
}

/** Follows by a WebSocket. */
export function followSocket(url: string, headers: Record<string, string> = {}): Follower {
  const { told, ids, keep } = keeping();
  const closed = Promise.withResolvers<number | 'cut'>();
  const socket = new WebSocket(url.replace('http:', 'ws:'), { headers });
  socket.on('message', (text) => {
    const data: LogLine & { event?: string } = JSON.parse(String(text));
    keep(data.event ? { event: data.event, data } : { event: 'line', id: data.id, data });
  });
  socket.on('error', () => closed.resolve('cut'));
  socket.once('close', (code) => closed.resolve(code === 1006 ? 'cut' : code));
  return {
    told,
    ids: () => ids,
    closed: closed.promise,
    pause: () => socket.pause(),
    resume: () => socket.resume(),
    cut: () => socket.terminate(),
  };
}

function keeping(hear: (id: number) => void = () => {}) {
  const told: Told[] = [];
  const ids: number[] = [];
  const keep = (one: Told) => {
    told.push(one);
    if (one.event !== 'line' || one.id === undefined) return;
    ids.push(one.id);
    hear(one.id);
  };
  return { told, ids, keep };
}
