/** An async Broker that outlives the functions: it delivers over HTTP by Knative's rules, in the weather it is given. */
import { setTimeout as wait } from 'node:timers/promises';
import { listen } from '../../lib/http/host.ts';
import { tickEvent } from '../setup/tick.ts';

const RETRIES = 6;
const BACKOFF = 20;

/** After how many milliseconds each copy of an event is sent; none: it got lost. */
export type Weather = () => number[];

export type Courier = {
  url: string;
  /** Deliveries under way. */
  pending(): number;
  /** Where the functions are from now on. What is on its way to another place breaks off. */
  moveTo(url: string): void;
  /** Sends a tick; resolves when it was answered or given up. */
  tick(kind: 'schedule' | 'minute'): Promise<void>;
  stop(): Promise<void>;
};

/** Starts it on a port of its own. */
export async function startCourier(weather: Weather): Promise<Courier> {
  const going = new Set<Promise<void>>();
  const over = new AbortController();
  let place = '';
  let moved = new AbortController();

  async function deliver(headers: Headers, body: string, after: number): Promise<void> {
    const target = consumerOf(headers);
    if (!target) return;
    await wait(after, undefined, { signal: over.signal });
    for (let attempt = 0; attempt <= RETRIES; attempt++) {
      if (!(await isRetried(target, headers, body))) return;
      await wait(BACKOFF * 2 ** attempt, undefined, { signal: over.signal });
    }
  }

  async function isRetried(target: string, headers: Headers, body: string): Promise<boolean> {
    try {
      const { status } = await fetch(`${place}/${target}/`, {
        method: 'POST',
        headers,
        body,
        signal: AbortSignal.any([over.signal, moved.signal]),
      });
      return status >= 500 || [404, 408, 409, 429].includes(status);
    } catch {
      return !over.signal.aborted;
    }
  }

  function take(headers: Headers, body: string, copies: number[]): Promise<unknown> {
    return Promise.all(
      copies.map((after) => {
        const delivery = deliver(headers, body, after).catch(() => {});
        going.add(delivery);
        return delivery.finally(() => going.delete(delivery));
      }),
    );
  }

  const listening = await listen(
    async (request) => {
      const headers = new Headers([...request.headers].filter(([name]) => /^(ce-|content-type)/.test(name)));
      void take(headers, await request.text(), weather());
      return new Response(null, { status: 202 });
    },
    { port: 0, host: '127.0.0.1' },
  );
  return {
    url: `http://127.0.0.1:${listening.port}/`,
    pending: () => going.size,
    moveTo(url) {
      place = url;
      moved.abort();
      moved = new AbortController();
    },
    async tick(kind) {
      const { headers } = tickEvent(kind);
      await take(headers, '{}', [0]);
    },
    async stop() {
      over.abort();
      await Promise.all(going);
      listening.server.closeAllConnections();
      await listening.close();
    },
  };
}

function consumerOf(headers: Headers): string | undefined {
  const type = headers.get('ce-type') ?? '';
  if (/\.run\.(requested|continue)$/.test(type)) return 'run-pipeline';
  if (/\.(run\.(succeeded|failed|cancelled|timed-out|blocked)|slot\.missed|pipeline\.paused)$/.test(type))
    return 'notify';
  if (headers.get('ce-tick') === 'minute') return 'sweep';
  if (headers.get('ce-tick') === 'schedule') return 'trigger';
  return undefined;
}
