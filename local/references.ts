import type { z } from 'zod';
import { type ClusterAddress, clusterAddress } from './cluster-address.ts';
import { parseDuration } from './duration.ts';
import type { Delivery, Manifests, ServiceManifest, Target } from './manifests.ts';
import type {
  BrokerResource,
  ConfigMapResource,
  DeliverySpec,
  DestinationSpec,
  PingSourceResource,
  ServiceResource,
  TriggerResource,
} from './resource-schemas.ts';
import { readEnv } from './service-env.ts';
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

/** What Knative's own settings give a Broker that says nothing about delivery. */
const DEFAULT_DELIVERY: DeliverySpec = { retry: 10, backoffPolicy: 'exponential', backoffDelay: 'PT0.2S' };
const API = { Service: 'serving.knative.dev/v1', Broker: 'eventing.knative.dev/v1' } as const;

const namespaceOf = (spec: { metadata: { namespace?: string | undefined } }) =>
  spec.metadata.namespace ?? 'default';
const identity = ({ spec, document }: Named[keyof Named][number]) => ({
  namespace: namespaceOf(spec),
  name: spec.metadata.name,
  place: document.place(['metadata', 'name']),
});

/** Follows every reference between the resources; one that leads nowhere is a fault. */
export function resolveManifests(named: Named, faults: Fault[]): Omit<Manifests, 'ignored'> {
  const there = (address: ClusterAddress) =>
    (address.kind === 'Service' ? named.services : named.brokers).some(
      ({ spec }) => namespaceOf(spec) === address.namespace && spec.metadata.name === address.name,
    );

  const target = (
    destination: DestinationSpec,
    namespace: string,
    document: YamlDocument,
    path: Path,
  ): Target => {
    const { ref, uri } = destination;
    const fault = (at: string, message: string) => {
      faults.push({
        ...document.place([...path, ...at.split('.')]),
        message: `${[...path, at].join('.')}: ${message}`,
      });
      return { kind: 'uri' as const, uri: '' };
    };
    if (!ref) {
      if (uri === undefined || !URL.canParse(uri)) return fault('uri', `${uri} is no absolute address`);
      const address = clusterAddress(uri);
      if (address && !there(address)) return fault('uri', `there is no ${address.kind} ${address.name}`);
      return address ?? { kind: 'uri', uri };
    }
    const { kind } = ref;
    if (kind !== 'Service' && kind !== 'Broker') return fault('ref.kind', `${kind} is not run locally`);
    if (ref.apiVersion !== API[kind]) {
      return fault('ref.apiVersion', `a ${kind} is found in ${API[kind]}, not in ${ref.apiVersion}`);
    }
    const address: ClusterAddress = {
      kind,
      namespace: ref.namespace ?? namespace,
      name: ref.name,
      path: uri ?? '/',
    };
    if (!there(address))
      return fault('ref.name', `there is no ${ref.kind} ${ref.name} in ${address.namespace}`);
    return address;
  };

  const deliveryOf = (spec: DeliverySpec, namespace: string, document: YamlDocument): Delivery => ({
    retry: spec.retry ?? 0,
    backoffPolicy: spec.backoffPolicy,
    backoffDelay: spec.backoffDelay === undefined ? undefined : parseDuration(spec.backoffDelay),
    timeout: spec.timeout === undefined ? undefined : parseDuration(spec.timeout),
    deadLetterSink:
      spec.deadLetterSink &&
      target(spec.deadLetterSink, namespace, document, ['spec', 'delivery', 'deadLetterSink']),
  });

  const brokers = named.brokers.map((broker) => ({
    ...identity(broker),
    async: broker.spec.metadata.annotations['messaging.knative.dev/async-handler'] === 'true',
    delivery: deliveryOf(
      broker.spec.spec.delivery ?? DEFAULT_DELIVERY,
      namespaceOf(broker.spec),
      broker.document,
    ),
  }));

  const triggers = named.triggers.map((trigger) => {
    const { spec, document } = trigger;
    const own = identity(trigger);
    const broker = brokers.find(
      ({ namespace, name }) => namespace === own.namespace && name === spec.spec.broker,
    );
    if (!broker) {
      const message = `spec.broker: there is no Broker ${spec.spec.broker} in ${own.namespace}`;
      faults.push({ ...document.place(['spec', 'broker']), message });
    }
    const fallback = broker?.delivery ?? deliveryOf({}, own.namespace, document);
    const delivery = spec.spec.delivery && deliveryOf(spec.spec.delivery, own.namespace, document);
    return {
      ...own,
      broker: spec.spec.broker,
      filter: { attributes: spec.spec.filter?.attributes, filters: spec.spec.filters },
      subscriber: target(spec.spec.subscriber, own.namespace, document, ['spec', 'subscriber']),
      // The Trigger's delivery replaces the Broker's whole; only a missing dead letter sink falls back to it.
      delivery: delivery
        ? { ...delivery, deadLetterSink: delivery.deadLetterSink ?? fallback.deadLetterSink }
        : fallback,
    };
  });

  const pingSources = named.pingSources.map((source) => {
    const { spec, document } = source;
    const { schedule, timezone, contentType, data, dataBase64, ceOverrides, sink } = spec.spec;
    const bytes = dataBase64 === undefined ? Buffer.from(data ?? '') : Buffer.from(dataBase64, 'base64');
    return {
      ...identity(source),
      schedule,
      timezone,
      contentType: bytes.length > 0 ? contentType : undefined,
      data: bytes.length > 0 ? new Uint8Array(bytes) : undefined,
      extensions: ceOverrides?.extensions ?? {},
      sink: target(sink, namespaceOf(spec), document, ['spec', 'sink']),
    };
  });

  const configMap = (namespace: string, name: string) =>
    named.configMaps.find(({ spec }) => namespaceOf(spec) === namespace && spec.metadata.name === name)?.spec
      .data;
  const services = named.services.map((service): ServiceManifest => {
    const { spec, document } = service;
    const own = identity(service);
    const template = spec.spec.template.spec;
    return {
      ...own,
      ...readEnv(template.containers[0], { namespace: own.namespace, document, configMap, there, faults }),
      timeoutSeconds: template.timeoutSeconds,
      responseStartTimeoutSeconds:
        template.responseStartTimeoutSeconds ?? Math.min(template.timeoutSeconds, 300),
      containerConcurrency: template.containerConcurrency,
      public: spec.metadata.labels['networking.knative.dev/visibility'] !== 'cluster-local',
    };
  });
  return { services, brokers: brokers.map(({ delivery: _, ...broker }) => broker), triggers, pingSources };
}
