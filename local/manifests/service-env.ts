import { type ClusterAddress, clusterAddress } from './cluster-address.ts';
import type { ContainerSpec } from './serving-schema.ts';
import type { Fault, YamlDocument } from './yaml-documents.ts';

/** What is needed to look up the values of a container's environment. */
type Surroundings = {
  document: YamlDocument;
  configMap(name: string): Record<string, string> | undefined;
  there(address: ClusterAddress): boolean;
  faults: Fault[];
};

const CONTAINER = ['spec', 'template', 'spec', 'containers', 0];

/** Works out the environment of a container: values and ConfigMap keys; Secrets by their name only. */
export function readEnv(
  container: ContainerSpec | undefined,
  around: Surroundings,
): { env: Record<string, string>; secretEnv: Record<string, string> } {
  const env: Record<string, string> = {};
  const secretEnv: Record<string, string> = {};
  const fault = (path: (string | number)[], message: string) => {
    around.faults.push({ ...around.document.place([...CONTAINER, ...path]), message });
  };

  const written = new Map<string, (string | number)[]>();

  for (const [index, { configMapRef }] of (container?.envFrom ?? []).entries()) {
    if (!configMapRef) continue;
    const data = around.configMap(configMapRef.name);
    for (const [name, value] of Object.entries(data ?? {})) {
      env[name] = value;
      written.set(name, ['envFrom', index]);
    }
    if (!data && !configMapRef.optional) {
      fault(['envFrom', index], `envFrom: there is no ConfigMap ${configMapRef.name}`);
    }
  }

  for (const [index, { name, value, valueFrom }] of (container?.env ?? []).entries()) {
    const ref = valueFrom?.configMapKeyRef;
    written.set(name, ['env', index]);
    if (valueFrom?.secretKeyRef) {
      secretEnv[name] = valueFrom.secretKeyRef.name;
    } else if (ref) {
      const data = around.configMap(ref.name);
      const found = data?.[ref.key];
      if (found !== undefined) env[name] = found;
      else if (!ref.optional) {
        const message = data
          ? `ConfigMap ${ref.name} has no key ${ref.key}`
          : `there is no ConfigMap ${ref.name}`;
        fault(['env', index, 'valueFrom', 'configMapKeyRef', data ? 'key' : 'name'], `${name}: ${message}`);
      }
    } else {
      env[name] = value ?? '';
    }
  }

  for (const [name, value] of Object.entries(env)) {
    const address = clusterAddress(value);
    if (address && !around.there(address)) {
      fault(
        written.get(name) ?? [],
        `${name}: there is no ${address.kind} ${address.name} in ${address.namespace}`,
      );
    }
  }
  return { env, secretEnv };
}
