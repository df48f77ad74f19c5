import { randomUUID } from 'node:crypto';
import type { Log } from '../log.ts';
import type { BrokerManifest, Target, TriggerManifest } from '../manifests/manifest.ts';
import type { Wait } from './delivery.ts';
import { wants } from './filter.ts';
import type { Tap } from './tap.ts';
import { type Delivering, deliver, TTL } from './trigger.ts';
import { NoEvent, readEvent, type WireEvent } from './wire-event.ts';

const FIRST_TTL = 255;
/** The channel's own limit on one publisher's POST. */
const SYNC_LIMIT = 15 * 60 * 1000;
/** Real Brokers set none; this one shares its memory with everything else. */
const MAX_BODY_BYTES = 32 * 1024 * 1024;
const PASSED_HEADERS = /^(knative-.*|x-request-id|x-b3-.*|b3|traceparent|tracestate|retry-after)$/;

/** What the Brokers of one platform share. */
export type BrokerSurroundings = {
  brokers: BrokerManifest[];
  triggers: TriggerManifest[];
  addressOf(target: Target): string;
  tap: Tap;
  wait: Wait;
  /** Cuts all deliveries. */
  signal: AbortSignal;
  /** Keeps hold of work that goes on after the answer. */
  inFlight(work: Promise<unknown>): void;
  log: Log;
};

/** The ingress of all Brokers: `POST /<namespace>/<name>`, as Knative's multi-tenant Broker answers it. */
export function brokerIngress(
  around: BrokerSurroundings,
): (request: Request, path: string) => Promise<Response> {
  const answer = (status: number, headers: Record<string, string> = {}) =>
    new Response(null, { status, headers: { allow: 'POST, OPTIONS', ...headers } });

  return async (request, path) => {
    if (request.method === 'OPTIONS') {
      return answer(200, { 'webhook-allowed-origin': '*', 'webhook-allowed-rate': '*' });
    }
    if (request.method !== 'POST') return answer(405);
    const [namespace, name, ...rest] = path.replace(/^\/|\/$/g, '').split('/');
    if (!namespace) return answer(404);
    if (!name || rest.length > 0) return answer(400);
    const event = await accept(request);
    if (!event) return answer(400);
    const broker = around.brokers.find((one) => one.namespace === namespace && one.name === name);
    if (!broker) return answer(404);

    // Who publishes to a sync Broker and hangs up cancels what follows.
    const ends = broker.async ? [] : [request.signal, AbortSignal.timeout(SYNC_LIMIT)];
    const work = fanOut(broker, event, request.headers, AbortSignal.any([around.signal, ...ends]));
    around.inFlight(work);
    return answer(broker.async || (await work) ? 202 : 500);
  };

  /** Reads and stamps an event; undefined for what is none, and for one that has made too many hops. */
  async function accept(request: Request): Promise<WireEvent | undefined> {
    try {
      const body = new Uint8Array(await request.arrayBuffer());
      if (body.length > MAX_BODY_BYTES) throw new NoEvent(`more than ${MAX_BODY_BYTES} bytes`);
      const event = readEvent(request.headers, body);
      const given = event.attributes[TTL];
      const ttl = given !== undefined && /^\d+$/.test(given) ? Number(given) - 1 : FIRST_TTL;
      if (ttl <= 0)
        throw new NoEvent(`${event.attributes.type} went through Brokers ${FIRST_TTL} times: a reply loop?`);
      const stamps = { knativearrivaltime: new Date().toISOString(), [TTL]: String(ttl) };
      return { ...event, attributes: { ...event.attributes, ...stamps } };
    } catch (error) {
      around.log.warn(
        { reason: error instanceof Error ? error.message : String(error) },
        'Broker refuses an event',
      );
      return undefined;
    }
  }

  async function fanOut(
    broker: BrokerManifest,
    event: WireEvent,
    headers: Headers,
    signal: AbortSignal,
  ): Promise<boolean> {
    const { [TTL]: _, ...visible } = event.attributes;
    const wanting = around.triggers.filter(
      (trigger) =>
        trigger.namespace === broker.namespace &&
        trigger.broker === broker.name &&
        wants(trigger.filter, visible),
    );
    const entry = around.tap.open(`${broker.namespace}/${broker.name}`, { ...event, attributes: visible });
    if (wanting.length === 0) {
      entry.outcome = 'unwanted';
      around.log.info({ id: visible.id, type: visible.type }, 'no Trigger wants this event');
      return true;
    }
    const delivering: Delivering = {
      addressOf: around.addressOf,
      headers: { ...passedHeaders(headers), 'kn-namespace': broker.namespace },
      sending: { wait: around.wait, signal },
      record: (attempt) => around.tap.record(entry, attempt),
      log: around.log,
    };
    const ends = await Promise.all(wanting.map((trigger) => deliver(trigger, event, delivering)));
    const worst = (['failed', 'dead-lettered'] as const).find((end) => ends.includes(end));
    entry.outcome = worst ?? 'delivered';
    return worst !== 'failed';
  }
}

function passedHeaders(headers: Headers): Record<string, string> {
  const passed = Object.fromEntries([...headers].filter(([name]) => PASSED_HEADERS.test(name)));
  return { 'x-request-id': randomUUID(), ...passed, 'k-proxy-request': 'activator' };
}
