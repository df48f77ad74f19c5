/** What an overlay makes of the manifests, with an image in the place of the one that it names. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { parseAllDocuments } from 'yaml';
import { ROOT } from '../../lib/config.ts';
import { UsageError } from '../usage-error.ts';
import { kubectl } from './kubectl.ts';
import { objectsIn, Resource } from './resource.ts';

/** Ours, wherever it is kept: registry.example.com/kubescribe@sha256:… */
const OURS = /^(?:.*\/)?kubescribe(?=[:@]|$)/;
const PLACEHOLDER = `sha256:${'0'.repeat(64)}`;

/** The folder of an overlay, given by its name or as a path. */
export function overlayFolder(given: string): string {
  const folders = [join(ROOT, 'knative/overlays', given), given];
  const found = folders.find((folder) => existsSync(join(folder, 'kustomization.yaml')));
  if (!found)
    throw new UsageError(`There is no overlay "${given}": give a name of knative/overlays, or a folder.`);
  return found;
}

/** The resources of an overlay. */
export async function render(folder: string, image: string | undefined): Promise<Resource[]> {
  const resources = parseAllDocuments(await kubectl(['kustomize', folder])).map((one) =>
    Resource.parse(one.toJS()),
  );
  return image === undefined ? resources : resources.map((one) => withImage(one, image));
}

/** Whether an image is still the one that stands in the place of a release's. */
export const namesNoImage = (resources: readonly Resource[]) =>
  resources.some((resource) =>
    [...objectsIn(resource)].some(({ image }) => typeof image === 'string' && image.endsWith(PLACEHOLDER)),
  );

function withImage(resource: Resource, image: string): Resource {
  const put = (name: string, value: unknown) =>
    name === 'image' && typeof value === 'string' && OURS.test(value) ? image : value;
  return Resource.parse(JSON.parse(JSON.stringify(resource, put)));
}
