/** The manifests of the base and of each overlay, rendered as `kubectl kustomize` renders them. */
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Resource } from '../../cli/cluster/resource.ts';
import { readDirectory } from '../../local/manifests/kustomize.ts';
import type { Fault, YamlDocument } from '../../local/manifests/yaml-documents.ts';

const KNATIVE = fileURLToPath(new URL('../../knative/', import.meta.url));

export type Rendered = { place: string; folder: string; resources: Resource[]; faults: string[] };

const render = (place: string): Rendered => {
  const faults: Fault[] = [];
  const folder = join(KNATIVE, place);
  const documents = readDirectory(folder, faults, []);
  return {
    place,
    folder,
    resources: documents.map(resourceOf),
    faults: faults.map(({ message }) => message),
  };
};

function resourceOf({ value, place }: YamlDocument): Resource {
  const read = Resource.safeParse(value);
  if (!read.success) throw new Error(`${place([]).file} is no resource: ${read.error.message}`);
  return read.data;
}

/** What can be applied: the base, each folder of overlays/, and an overlay as an installation writes it. */
export const places: readonly Rendered[] = [
  'base',
  ...readdirSync(join(KNATIVE, 'overlays'))
    .sort()
    .map((name) => `overlays/${name}`),
  '../test/knative/with-monitoring',
].map(render);

/** One of them. */
export function rendered(place: string): Rendered {
  const found = places.find((one) => one.place === place);
  if (!found) throw new Error(`There is no ${place} in knative/.`);
  return found;
}
