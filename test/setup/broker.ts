import { setTimeout as wait } from 'node:timers/promises';
import { type Listening, listen } from '../../lib/http/host.ts';
import { type FunctionModule, router } from '../../lib/http/router.ts';
import type { ServiceHandle } from '../../lib/http/service.ts';

type Delivery = { type: string; id: string; status: number };

/** What a chaotic network does with one event: how many copies arrive, each after how many milliseconds. */
export type Weather = (event: { type: string; id: string }) => number[];

export type TestBroker = {
  url: string;
  /** Every delivery that was answered. */
  deliveries: Delivery[];
  /** Deliveries under way. */
  pending(): number;
  stop(): Promise<void>;
};

const RETRIES = 6;
const BACKOFF = 20;

/** An async Broker that hands events to functions as Knative would, faster, and in the weather it is given. */
export async function startBroker(
  route: (
    type: string,
    tick: string | undefined,
  ) => { functions: FunctionModule; service: ServiceHandle } | undefined,
  weather: Weather = () => [0],
): Promise<TestBroker> {
  const deliveries: Delivery[] = [];
  const going = new Set<Promise<void>>();
  const over = new AbortController();

  async function deliver(headers: Headers, body: string, after: number): Promise<void> {
    const type = headers.get('ce-type') ?? '';
    const target = route(type, headers.get('ce-tick') ?? undefined);
    if (!target) return;
    await wait(after, undefined, { signal: over.signal });
    const handler = router(target.functions.routes, target.service);
    for (let attempt = 0; attempt <= RETRIES; attempt++) {
      const response = await handler(new Request('http://function/', { method: 'POST', headers, body }));
      deliveries.push({ type, id: headers.get('ce-id') ?? '', status: response.status });
      if (![404, 408, 409, 429].includes(response.status) && response.status < 500) return;
      await wait(BACKOFF * 2 ** attempt, undefined, { signal: over.signal });
    }
  }

  const listening: Listening = await listen(
    async (request) => {
      const { headers } = request;
      const body = await request.text();
      for (const after of weather({ type: headers.get('ce-type') ?? '', id: headers.get('ce-id') ?? '' })) {
        const delivery = deliver(headers, body, after).catch(() => {});
        going.add(delivery);
        void delivery.finally(() => going.delete(delivery));
      }
      return new Response(null, { status: 202 });
    },
    { port: 0, host: '127.0.0.1' },
  );
  return {
    url: `http://127.0.0.1:${listening.port}/`,
    deliveries,
    pending: () => going.size,
    async stop() {
      over.abort();
      await Promise.all(going);
      await listening.close();
    },
  };
}
