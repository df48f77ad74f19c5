import { setTimeout as sleep } from 'node:timers/promises';
import { brokerIngress } from './eventing/broker.ts';
import type { Wait } from './eventing/delivery.ts';
import { eventsPage } from './eventing/events-page.ts';
import { type NextTick, startPingSources } from './eventing/ping-source.ts';
import { openTap, type Tap } from './eventing/tap.ts';
import type { Log } from './log.ts';
import { clusterAddress } from './manifests/cluster-address.ts';
import type { Ignored, ServiceManifest, Target } from './manifests/manifest.ts';
import { readManifests } from './manifests/read.ts';
import { type ExtraRoutes, gateway, type Hosted, type RunningService } from './serving/gateway.ts';
import { withinLimits } from './serving/knative-service.ts';
import { listenNear } from './serving/port.ts';

/**
 * A Service to host, its environment as its container would get it (Secrets by name only, the cluster's addresses
 * replaced by this machine's); `origin` is where all of it is reached.
 */
type ServiceToHost = Omit<ServiceManifest, 'place'> & { origin: string };

export type PlatformOptions = {
  /** The directory of the manifests, with or without a kustomization. */
  manifests: string;
  port: number;
  /** True when somebody asked for this very port: then a busy one is an error. Default false. */
  bindExplicit?: boolean;
  host(service: ServiceToHost): Hosted | Promise<Hosted>;
  log: Log;
  /** Further paths on the port, asked before the functions' own. */
  extraRoutes?: ExtraRoutes | undefined;
  /** Whether PingSources tick. Default true. */
  ticks?: boolean;
  /** Pauses between delivery attempts; tests give their own. */
  wait?: Wait | undefined;
  /** How long stop() waits for deliveries under way, in milliseconds. Default 6 s. */
  patience?: number;
};

export type Platform = {
  url: string;
  port: number;
  brokerUrl(namespace: string, name: string): string;
  tap: Tap;
  ignored: Ignored[];
  services: RunningService[];
  nextTicks(): NextTick[];
  stop(): Promise<void>;
};

const PATIENCE = 6000;

/** Runs the manifests of a directory on one port of 127.0.0.1, as Knative would run them in a cluster. */
export async function startPlatform(options: PlatformOptions): Promise<Platform> {
  const { log, patience = PATIENCE } = options;
  const manifests = readManifests(options.manifests);
  const cut = new AbortController();
  const stopping = new AbortController();
  const going = new Set<Promise<unknown>>();
  const inFlight = (work: Promise<unknown>) => {
    const settled = work
      .catch((error) => log.error({ error }, 'a delivery broke'))
      .finally(() => going.delete(settled));
    going.add(settled);
  };
  const wait: Wait = options.wait ?? ((ms, signal) => pause(ms, AbortSignal.any([signal, stopping.signal])));

  let answer = async (_: Request) => new Response(null, { status: 503, headers: { 'retry-after': '1' } });
  const listening = await listenNear(
    (request) => answer(request),
    options.port,
    options.bindExplicit ?? false,
  );
  const url = `http://127.0.0.1:${listening.port}`;
  const addressOf = (target: Target) => addressAt(url, target);

  const services = await Promise.all(
    manifests.services.map(async (service): Promise<RunningService> => {
      const env = environment(service, url);
      const hosted = await options.host({ ...service, env, origin: url });
      const handler = withinLimits(service, hosted.handler);
      return {
        ...service,
        ...hosted,
        env,
        handler,
        url: addressOf({ kind: 'Service', path: '/', ...service }),
      };
    }),
  ).catch(async (error) => {
    await listening.close();
    throw error;
  });
  const tap = openTap();
  const around = { addressOf, wait, signal: cut.signal, inFlight, log };
  answer = gateway({
    services,
    broker: brokerIngress({ ...around, tap, brokers: manifests.brokers, triggers: manifests.triggers }),
    events: eventsPage(tap),
    extraRoutes: options.extraRoutes,
  });
  const clocks = startPingSources(options.ticks === false ? [] : manifests.pingSources, around);

  return {
    url,
    port: listening.port,
    brokerUrl: (namespace, name) => addressOf({ kind: 'Broker', namespace, name, path: '/' }),
    tap,
    ignored: manifests.ignored,
    services,
    nextTicks: clocks.nextTicks,
    async stop() {
      clocks.stop();
      stopping.abort();
      const end = AbortSignal.timeout(patience);
      const late = new Promise((resolve) => end.addEventListener('abort', resolve, { once: true }));
      while (going.size > 0 && !end.aborted) await Promise.race([Promise.all(going), late]);
      cut.abort();
      await Promise.all(going);
      const closed = listening.close();
      listening.server.closeAllConnections();
      await closed;
    },
  };
}

/** Where a target of the manifests is found on this machine. */
function addressAt(url: string, target: Target): string {
  if (target.kind === 'uri') return target.uri;
  if (target.kind === 'Broker') return `${url}/broker/${target.namespace}/${target.name}`;
  return `${url}/services/${target.name}/${target.path.replace(/^\//, '')}`;
}

/** A container's environment with the cluster's addresses replaced by those of this machine. */
function environment(service: ServiceManifest, url: string): Record<string, string> {
  const env = Object.entries(service.env).map(([name, value]) => {
    const address = clusterAddress(value);
    return [name, address ? addressAt(url, address) : value];
  });
  return { ...Object.fromEntries(env), K_SERVICE: service.name, K_CONFIGURATION: service.name };
}

/** Waits; false at once when the signal aborts. */
async function pause(ms: number, signal: AbortSignal): Promise<boolean> {
  try {
    await sleep(ms, undefined, { signal });
    return true;
  } catch {
    return false;
  }
}
