/** What a cluster must have before anything of ours is applied to it. */
import * as z from 'zod';
import { kubectlJson } from './kubectl.ts';
import { kindOf, type Resource, WAITED } from './resource.ts';

const Crds = z.looseObject({
  items: z.array(
    z.looseObject({
      metadata: z.looseObject({ name: z.string() }),
      spec: z.looseObject({
        versions: z.array(z.looseObject({ name: z.string(), served: z.boolean() })),
      }),
    }),
  ),
});

/** Definitions by their name: the versions that are served. */
export type Served = ReadonlyMap<string, readonly string[]>;

/** Which kinds the cluster has learned. */
export async function served(): Promise<Served> {
  const { items } = Crds.parse(await kubectlJson(['get', 'customresourcedefinitions']));
  return new Map(
    items.map(({ metadata, spec }) => [
      metadata.name,
      spec.versions.filter((version) => version.served).map(({ name }) => name),
    ]),
  );
}

/** Kinds of these resources that the cluster does not know in their version. */
export function unknownKinds(resources: readonly Resource[], known: Served): string[] {
  const missing = resources.flatMap((resource) => {
    const [group = '', version = ''] = resource.apiVersion.includes('/')
      ? resource.apiVersion.split('/')
      : [];
    // Kubernetes' own are there.
    if (!group.includes('.') || group.endsWith('.k8s.io')) return [];
    const name = WAITED[kindOf(resource)] ?? `${resource.kind.toLowerCase()}s.${group}`;
    return known.get(name)?.includes(version) ? [] : [`${resource.kind} (${resource.apiVersion})`];
  });
  return [...new Set(missing)];
}
