import type { z } from 'zod';
import type { ClusterAddress } from './cluster-address.ts';
import { resolveDestination } from './destination.ts';
import { parseDuration } from './duration.ts';
import type { BrokerResource, DeliverySpec, DestinationSpec, TriggerResource } from './eventing-schema.ts';
import type { BrokerManifest, Delivery, Manifests, PingSourceManifest, TriggerManifest } from './manifest.ts';
import type { PingSourceResource } from './ping-source-schema.ts';
import type { ConfigMapResource } from './resource-schema.ts';
import { readEnv } from './service-env.ts';
import type { ServiceResource } from './serving-schema.ts';
import type { Fault, Path, YamlDocument } from './yaml-documents.ts';

type Read<T extends z.ZodType> = { spec: z.infer<T>; document: YamlDocument };

/** The resources of each kind that is run here, as written. */
export type Named = {
  services: Read<typeof ServiceResource>[];
  brokers: Read<typeof BrokerResource>[];
  triggers: Read<typeof TriggerResource>[];
  pingSources: Read<typeof PingSourceResource>[];
  configMaps: Read<typeof ConfigMapResource>[];
};

type Broker = BrokerManifest & { delivery: Delivery };

/** What Knative's own settings give a Broker that says nothing about delivery. */
const DEFAULT_DELIVERY: DeliverySpec = { retry: 10, backoffPolicy: 'exponential', backoffDelay: 'PT0.2S' };
/** The first byte is due then where nothing is said, however long the whole may take. */
const DEFAULT_RESPONSE_START_SECONDS = 300;

/** Follows every reference between the resources; one that leads nowhere is a fault. */
export function resolveManifests(named: Named, faults: Fault[]): Omit<Manifests, 'ignored'> {
  const there = ({ kind, namespace, name }: ClusterAddress) =>
    (kind === 'Service' ? named.services : named.brokers).some((one) => {
      const found = identity(one);
      return found.namespace === namespace && found.name === name;
    });
  const target = (destination: DestinationSpec, read: Named[keyof Named][number], path: Path) =>
    resolveDestination(
      destination,
      { namespace: identity(read).namespace, document: read.document, path },
      there,
      faults,
    );
  const deliveryOf = (spec: DeliverySpec, read: Named[keyof Named][number]): Delivery => ({
    retry: spec.retry ?? 0,
    backoffPolicy: spec.backoffPolicy,
    backoffDelay: spec.backoffDelay === undefined ? undefined : parseDuration(spec.backoffDelay),
    timeout: spec.timeout === undefined ? undefined : parseDuration(spec.timeout),
    deadLetterSink:
      spec.deadLetterSink && target(spec.deadLetterSink, read, ['spec', 'delivery', 'deadLetterSink']),
  });

  const brokers = named.brokers.map((read) => ({
    ...identity(read),
    async: read.spec.metadata.annotations['messaging.knative.dev/async-handler'] === 'true',
    delivery: deliveryOf(read.spec.spec.delivery ?? DEFAULT_DELIVERY, read),
  }));
  return {
    brokers,
    services: named.services.map((read) => {
      const { timeoutSeconds, containerConcurrency, containers, ...template } = read.spec.spec.template.spec;
      const own = identity(read);
      const configMap = (name: string) => dataOf(named.configMaps, own.namespace, name);
      return {
        ...own,
        ...readEnv(containers[0], { document: read.document, configMap, there, faults }),
        timeoutSeconds,
        responseStartTimeoutSeconds:
          template.responseStartTimeoutSeconds ?? Math.min(timeoutSeconds, DEFAULT_RESPONSE_START_SECONDS),
        containerConcurrency,
        public: read.spec.metadata.labels['networking.knative.dev/visibility'] !== 'cluster-local',
      };
    }),
    triggers: named.triggers.map((read): TriggerManifest => {
      const { broker, filter, filters, subscriber, delivery } = read.spec.spec;
      return {
        ...identity(read),
        broker,
        filter: { attributes: filter?.attributes, filters },
        subscriber: target(subscriber, read, ['spec', 'subscriber']),
        delivery: effective(delivery && deliveryOf(delivery, read), brokerOf(read, brokers, faults)),
      };
    }),
    pingSources: named.pingSources.map((read): PingSourceManifest => {
      const { schedule, timezone, contentType, data, dataBase64, ceOverrides, sink } = read.spec.spec;
      const bytes = dataBase64 === undefined ? Buffer.from(data ?? '') : Buffer.from(dataBase64, 'base64');
      return {
        ...identity(read),
        schedule,
        timezone,
        contentType: bytes.length > 0 ? contentType : undefined,
        data: new Uint8Array(bytes),
        extensions: ceOverrides?.extensions ?? {},
        sink: target(sink, read, ['spec', 'sink']),
      };
    }),
  };
}

function identity({ spec, document }: Named[keyof Named][number]) {
  const { name, namespace = 'default' } = spec.metadata;
  return { namespace, name, place: document.place(['metadata', 'name']) };
}

function brokerOf(read: Named['triggers'][number], brokers: Broker[], faults: Fault[]): Broker | undefined {
  const { namespace } = identity(read);
  const { broker: name } = read.spec.spec;
  const broker = brokers.find((one) => one.namespace === namespace && one.name === name);
  if (!broker) {
    const message = `spec.broker: there is no Broker ${name} in ${namespace}`;
    faults.push({ ...read.document.place(['spec', 'broker']), message });
  }
  return broker;
}

/** The Trigger's delivery replaces the Broker's whole; only a missing dead letter sink falls back to it. */
function effective(own: Delivery | undefined, broker: Broker | undefined): Delivery {
  const none = { retry: 0, backoffPolicy: undefined, backoffDelay: undefined, timeout: undefined };
  const fallback = broker?.delivery ?? { ...none, deadLetterSink: undefined };
  return own ? { ...own, deadLetterSink: own.deadLetterSink ?? fallback.deadLetterSink } : fallback;
}

function dataOf(configMaps: Named['configMaps'], namespace: string, name: string) {
  return configMaps.find((one) => {
    const found = identity(one);
    return found.namespace === namespace && found.name === name;
  })?.spec.data;
}
