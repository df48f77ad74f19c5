import { type ClusterAddress, clusterAddress } from './cluster-address.ts';
import type { DestinationSpec } from './eventing-schema.ts';
import type { Target } from './manifest.ts';
import type { Fault, Path, YamlDocument } from './yaml-documents.ts';

/** Where in the manifests a destination is written. */
export type Written = { namespace: string; document: YamlDocument; path: Path };

const API = { Service: 'serving.knative.dev/v1', Broker: 'eventing.knative.dev/v1' } as const;

/** Follows a `ref` or `uri`; one that leads to nothing is a fault, at its line. */
export function resolveDestination(
  { ref, uri }: DestinationSpec,
  { namespace, document, path }: Written,
  there: (address: ClusterAddress) => boolean,
  faults: Fault[],
): Target {
  const fault = (at: string, message: string): Target => {
    const field = [...path, ...at.split('.')];
    faults.push({ ...document.place(field), message: `${field.join('.')}: ${message}` });
    return { kind: 'uri', uri: '' };
  };
  if (!ref) {
    if (uri === undefined || !URL.canParse(uri)) return fault('uri', `${uri} is no absolute address`);
    const address = clusterAddress(uri);
    if (address && !there(address)) return fault('uri', `there is no ${address.kind} ${address.name}`);
    return address ?? { kind: 'uri', uri };
  }
  const { kind, apiVersion, name } = ref;
  if (kind !== 'Service' && kind !== 'Broker') return fault('ref.kind', `${kind} is not run locally`);
  if (apiVersion !== API[kind]) {
    return fault('ref.apiVersion', `a ${kind} is found in ${API[kind]}, not in ${apiVersion}`);
  }
  const address: ClusterAddress = { kind, namespace: ref.namespace ?? namespace, name, path: uri ?? '/' };
  if (there(address)) return address;
  return fault('ref.name', `there is no ${kind} ${name} in ${address.namespace}`);
}
