import type { TriggerFilter } from '../eventing/filter.ts';
import type { ClusterAddress } from './cluster-address.ts';
import type { Place } from './yaml-documents.ts';

/** Something in the manifests that the local platform reads but does nothing with. */
export type Ignored = Place & { kind: string; name: string };

/** Where an event goes: a resource of ours, or an address outside. */
export type Target = ClusterAddress | { kind: 'uri'; uri: string };

/** How hard a Broker tries; times in milliseconds. */
export type Delivery = {
  retry: number;
  backoffPolicy: 'linear' | 'exponential' | undefined;
  backoffDelay: number | undefined;
  timeout: number | undefined;
  deadLetterSink: Target | undefined;
};

type Identified = { namespace: string; name: string; place: Place };

export type ServiceManifest = Identified & {
  /** Values and ConfigMap keys; addresses of the cluster stand as written. */
  env: Record<string, string>;
  /** Variables that come from Secrets, which no manifest holds, with the Secret's name. */
  secretEnv: Record<string, string>;
  timeoutSeconds: number;
  responseStartTimeoutSeconds: number;
  containerConcurrency: number;
  public: boolean;
};
export type BrokerManifest = Identified & { async: boolean };
export type TriggerManifest = Identified & {
  broker: string;
  filter: TriggerFilter;
  subscriber: Target;
  delivery: Delivery;
};
export type PingSourceManifest = Identified & {
  schedule: string;
  timezone: string | undefined;
  contentType: string | undefined;
  data: Uint8Array;
  extensions: Record<string, string>;
  sink: Target;
};

/** All that is run here, its references resolved. */
export type Manifests = {
  services: ServiceManifest[];
  brokers: BrokerManifest[];
  triggers: TriggerManifest[];
  pingSources: PingSourceManifest[];
  ignored: Ignored[];
};
