import { randomUUID } from 'node:crypto';
import { Cron } from 'croner';
import type { Log } from '../log.ts';
import type { PingSourceManifest, Target } from '../manifests/manifest.ts';
import { isSuccess, type Sending, sendEvent, type Wait } from './delivery.ts';
import type { WireEvent } from './wire-event.ts';

/** When a PingSource ticks next. */
export type NextTick = {
  namespace: string;
  name: string;
  schedule: string;
  timezone: string | undefined;
  at: Date | undefined;
};

export type PingSurroundings = {
  addressOf(target: Target): string;
  wait: Wait;
  signal: AbortSignal;
  inFlight(work: Promise<unknown>): void;
  log: Log;
};

/** 0.1, 0.2, 0.4, 0.8 and 1.6 s: all that a PingSource does for its event. */
const PING_DELIVERY = {
  retry: 5,
  backoffPolicy: 'exponential',
  backoffDelay: 100,
  timeout: undefined,
} as const;
/** A plain 500 is not among them: it loses the tick at once. */
const RETRIED = new Set([404, 413, 425, 429, 502, 503, 504]);

/** Starts the clocks of all PingSources. A missed tick is never made up for, and a slow sink does not hold the next. */
export function startPingSources(
  sources: PingSourceManifest[],
  around: PingSurroundings,
): { nextTicks(): NextTick[]; stop(): void } {
  const clocks = sources.map((source) => ({
    source,
    cron: new Cron(
      source.schedule,
      { mode: '5-or-6-parts', ...(source.timezone && { timezone: source.timezone }) },
      () => around.inFlight(tick(source, around)),
    ),
  }));
  return {
    nextTicks: () =>
      clocks.map(({ source, cron }) => ({
        namespace: source.namespace,
        name: source.name,
        schedule: source.schedule,
        timezone: source.timezone,
        at: cron.nextRun() ?? undefined,
      })),
    stop: () => {
      for (const { cron } of clocks) cron.stop();
    },
  };
}

/** Sends one tick; when the sink does not take it in six tries, or refuses it, the tick is lost. */
export async function tick(source: PingSourceManifest, around: PingSurroundings): Promise<void> {
  const event = pingEvent(source);
  const sending: Sending = {
    wait: around.wait,
    signal: around.signal,
    retried: (status) => RETRIED.has(status),
  };
  const answer = await sendEvent(around.addressOf(source.sink), event, {}, PING_DELIVERY, sending);
  if (!isSuccess(answer) && !around.signal.aborted) {
    around.log.error(
      { pingSource: `${source.namespace}/${source.name}`, id: event.attributes.id },
      'tick lost',
    );
  }
}

function pingEvent({ namespace, name, contentType, data, extensions }: PingSourceManifest): WireEvent {
  return {
    attributes: {
      ...extensions,
      specversion: '1.0',
      id: randomUUID(),
      type: 'dev.knative.sources.ping',
      source: `/apis/v1/namespaces/${namespace}/pingsources/${name}`,
      time: new Date().toISOString(),
      ...(contentType !== undefined && { datacontenttype: contentType }),
    },
    data,
  };
}
