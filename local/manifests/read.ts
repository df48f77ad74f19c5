import { resolve } from 'node:path';
import type { z } from 'zod';
import { BrokerResource, TriggerResource } from './eventing-schema.ts';
import { readDirectory, shownPath } from './kustomize.ts';
import type { Ignored, Manifests } from './manifest.ts';
import { PingSourceResource } from './ping-source-schema.ts';
import { type Named, resolveManifests } from './resolve.ts';
import { AnyResource, ConfigMapResource } from './resource-schema.ts';
import { ServiceResource } from './serving-schema.ts';
import type { Fault, YamlDocument } from './yaml-documents.ts';

/** The manifests cannot be used; the message has one line `file:line: message` a fault. */
export class ManifestError extends Error {
  readonly faults: Fault[];
  constructor(faults: Fault[]) {
    const lines = faults.map(({ file, line, message }) => `${shownPath(file)}:${line}: ${message}`);
    super([...new Set(lines)].join('\n'));
    this.name = 'ManifestError';
    this.faults = faults;
  }
}

/** The kinds that are run here, by API group and kind. */
const SCHEMAS = {
  'serving.knative.dev/Service': ServiceResource,
  'eventing.knative.dev/Broker': BrokerResource,
  'eventing.knative.dev/Trigger': TriggerResource,
  'sources.knative.dev/PingSource': PingSourceResource,
  '/ConfigMap': ConfigMapResource,
} as const;
const VERSIONS: Record<string, string> = { '/ConfigMap': 'v1' };

/** Reads all manifests of a directory; throws a ManifestError that lists every fault. */
export function readManifests(directory: string): Manifests {
  const faults: Fault[] = [];
  const ignored: Ignored[] = [];
  const named: Named = { services: [], brokers: [], triggers: [], pingSources: [], configMaps: [] };
  const seen = new Set<string>();
  for (const document of readDirectory(resolve(directory), faults, ignored)) {
    const identity = parse(AnyResource, document, faults);
    if (!identity) continue;
    const { apiVersion, kind, metadata } = identity;
    const [group = '', version = ''] = apiVersion.includes('/') ? apiVersion.split('/') : ['', apiVersion];
    const key = `${group}/${kind}`;
    const place = document.place(['metadata', 'name']);
    if (!Object.hasOwn(SCHEMAS, key)) {
      ignored.push({ ...place, kind, name: metadata.name });
      continue;
    }
    if (version !== (VERSIONS[key] ?? 'v1')) {
      faults.push({
        ...document.place(['apiVersion']),
        message: `apiVersion: ${kind} is served as ${group}/v1`,
      });
    }
    const unique = `${key} ${String(metadata.namespace ?? 'default')}/${metadata.name}`;
    if (seen.has(unique)) faults.push({ ...place, message: `${kind} ${metadata.name} is there twice` });
    seen.add(unique);
    add(named, kind, document, faults);
  }
  const manifests = resolveManifests(named, faults);
  if (faults.length > 0) throw new ManifestError(faults);
  return { ...manifests, ignored };
}

function add(named: Named, kind: string, document: YamlDocument, faults: Fault[]): void {
  const read = <T extends z.ZodType>(schema: T, list: { spec: z.infer<T>; document: YamlDocument }[]) => {
    const spec = parse(schema, document, faults);
    if (spec !== undefined) list.push({ spec, document });
  };
  if (kind === 'Service') read(ServiceResource, named.services);
  if (kind === 'Broker') read(BrokerResource, named.brokers);
  if (kind === 'Trigger') read(TriggerResource, named.triggers);
  if (kind === 'PingSource') read(PingSourceResource, named.pingSources);
  if (kind === 'ConfigMap') read(ConfigMapResource, named.configMaps);
}

function parse<T extends z.ZodType>(
  schema: T,
  document: YamlDocument,
  faults: Fault[],
): z.infer<T> | undefined {
  const parsed = schema.safeParse(document.value);
  if (parsed.success) return parsed.data;
  for (const issue of parsed.error.issues) {
    const path = issue.path.map((step) => (typeof step === 'number' ? step : String(step)));
    const at = issue.code === 'unrecognized_keys' ? [...path, ...issue.keys.slice(0, 1)] : path;
    faults.push({ ...document.place(at), message: `${at.join('.')}: ${issue.message}` });
  }
  return undefined;
}
