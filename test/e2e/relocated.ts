/** The manifests as they are, in another namespace, with the image to be tried and one pipeline more. */
import { parseAllDocuments } from 'yaml';
import * as z from 'zod';

/** The namespace that the manifests name. */
const HOME = 'kubescribe';
/** Fields, labels and settings whose value is the namespace. */
const NAMES_IT = /^(namespace|kubernetes\.io\/metadata\.name|KUBESCRIBE_NAMESPACE)$/;
/** How the manifests call our image, with whatever tag or digest. */
const IMAGE = /^(dev\.local\/)?kubescribe([:@].*)?$/;
/** Who pipelines of a test are mounted for. */
const WITH_PIPELINES = new Set(['Service', 'Job', 'PodTemplate']);
const VOLUME = 'e2e-pipelines';

const Manifest = z.looseObject({
  apiVersion: z.string(),
  kind: z.string(),
  metadata: z.looseObject({ name: z.string() }),
});
export type Manifest = z.infer<typeof Manifest>;

type Options = {
  namespace: string;
  image: string;
  /** Names of files in the ConfigMap `e2e-pipelines`, which become pipelines beside those of the image. */
  pipelines: readonly string[];
};

/** Reads what `kubectl kustomize` printed. */
export function readRendered(text: string): Manifest[] {
  return parseAllDocuments(text).flatMap((document) =>
    document.contents === null ? [] : [Manifest.parse(document.toJS())],
  );
}

/** One manifest as it is tried. */
export function relocated(manifest: Manifest, options: Options): Manifest {
  const moved = Manifest.parse(moveTo(options.namespace, manifest));
  if (moved.kind === 'Namespace') moved.metadata.name = options.namespace;
  const widened = WITH_PIPELINES.has(moved.kind) ? options.pipelines : [];
  return Manifest.parse(dressed(moved, options.image, widened));
}

/** Every mention of the namespace: of resources, of references, and in addresses. */
function moveTo(namespace: string, value: unknown): unknown {
  if (typeof value === 'string')
    return value
      .replaceAll(`.${HOME}.svc`, `.${namespace}.svc`)
      .replaceAll(`svc.cluster.local/${HOME}/`, `svc.cluster.local/${namespace}/`);
  if (Array.isArray(value)) return value.map((item) => moveTo(namespace, item));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, item]) => [
      key,
      NAMES_IT.test(key) && item === HOME ? namespace : moveTo(namespace, item),
    ]),
  );
}

/** Gives every container of our image the one that is tried, and pods that may need them the pipelines. */
function dressed(value: unknown, image: string, pipelines: readonly string[]): unknown {
  if (Array.isArray(value)) return value.map((item) => dressed(item, image, pipelines));
  if (typeof value !== 'object' || value === null) return value;
  const changed: Record<string, unknown> = Object.fromEntries(
    Object.entries(value).map(([key, item]) => [key, dressed(item, image, pipelines)]),
  );
  const { containers, image: named, volumes, volumeMounts } = changed;
  if (typeof named === 'string' && IMAGE.test(named)) {
    const mounts = pipelines.map((file) => ({
      name: VOLUME,
      mountPath: `/app/pipelines/${file}`,
      subPath: file,
    }));
    return {
      ...changed,
      image,
      ...(mounts.length > 0 && { volumeMounts: [...listOf(volumeMounts), ...mounts] }),
    };
  }
  if (Array.isArray(containers) && pipelines.length > 0)
    return { ...changed, volumes: [...listOf(volumes), { name: VOLUME, configMap: { name: VOLUME } }] };
  return changed;
}

const listOf = (value: unknown): unknown[] => (Array.isArray(value) ? value : []);
