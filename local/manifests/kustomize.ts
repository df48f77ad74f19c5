import { existsSync, readdirSync, statSync } from 'node:fs';
import { join, relative } from 'node:path';
import * as z from 'zod';
import { applyPatch } from './kustomize-patch.ts';
import type { Ignored } from './manifest.ts';
import { type Fault, readYaml, readYamlFile, type YamlDocument } from './yaml-documents.ts';

const Target = z.strictObject({
  group: z.string().optional(),
  kind: z.string().optional(),
  name: z.string().optional(),
});
const Kustomization = z.looseObject({
  namespace: z.string().optional(),
  resources: z.array(z.string()).default([]),
  components: z.array(z.string()).default([]),
  patches: z
    .array(
      z.strictObject({
        path: z.string().optional(),
        patch: z.string().optional(),
        target: Target.optional(),
      }),
    )
    .default([]),
});

/** Fields that are read above, or that change nothing on one machine (labels, images). */
const KNOWN_FIELDS = new Set(
  'apiVersion kind metadata namespace resources components patches labels commonLabels commonAnnotations images'.split(
    ' ',
  ),
);
const FILE_NAMES = ['kustomization.yaml', 'kustomization.yml', 'Kustomization'];

/**
 * Reads the manifests of a directory as `kubectl apply -k` would, or every `*.yaml` in it when it has no
 * kustomization. Of kustomize it knows resources, components, namespace and patches; other fields are listed as ignored.
 */
export function readDirectory(directory: string, faults: Fault[], ignored: Ignored[]): YamlDocument[] {
  const file = FILE_NAMES.map((name) => join(directory, name)).find((path) => existsSync(path));
  if (file) return readKustomization(directory, file, [], faults, ignored);
  return yamlFilesUnder(directory).flatMap((path) => readYamlFile(path, faults));
}

function yamlFilesUnder(directory: string): string[] {
  return readdirSync(directory, { recursive: true, encoding: 'utf8' })
    .filter((name) => /\.ya?ml$/.test(name))
    .sort()
    .map((name) => join(directory, name));
}

/** A component is laid over what is `given`; any other kustomization begins with nothing. */
function readKustomization(
  dir: string,
  file: string,
  given: YamlDocument[],
  faults: Fault[],
  ignored: Ignored[],
): YamlDocument[] {
  const [document] = readYamlFile(file, faults);
  if (!document) return given;
  const parsed = Kustomization.safeParse(document.value);
  if (!parsed.success) {
    for (const issue of parsed.error.issues) {
      faults.push({
        ...document.place(issue.path.map(String)),
        message: `${issue.path.join('.')}: ${issue.message}`,
      });
    }
    return given;
  }
  for (const field of Object.keys(parsed.data).filter((name) => !KNOWN_FIELDS.has(name))) {
    ignored.push({ ...document.place([field]), kind: 'Kustomization', name: field });
  }
  const own = parsed.data.resources.flatMap((resource, index) => {
    const path = join(dir, resource);
    if (!existsSync(path)) {
      faults.push({ ...document.place(['resources', index]), message: `${resource} does not exist` });
      return [];
    }
    return statSync(path).isDirectory() ? readDirectory(path, faults, ignored) : readYamlFile(path, faults);
  });
  let documents = [...given, ...own];
  for (const [index, component] of parsed.data.components.entries()) {
    const path = FILE_NAMES.map((name) => join(dir, component, name)).find((one) => existsSync(one));
    if (path) documents = readKustomization(join(dir, component), path, documents, faults, ignored);
    else faults.push({ ...document.place(['components', index]), message: `${component} is no component` });
  }
  for (const [index, { path, patch, target }] of parsed.data.patches.entries()) {
    const place = document.place(['patches', index]);
    if (path !== undefined && !existsSync(join(dir, path))) {
      faults.push({ ...place, message: `${path} does not exist` });
      continue;
    }
    const patches =
      path === undefined
        ? readYaml(patch ?? '', file, faults, document.place(['patches', index, 'patch']).line + 1)
        : readYamlFile(join(dir, path), faults);
    for (const one of patches) documents = applyPatch(documents, one, target, place, faults);
  }
  return parsed.data.namespace === undefined
    ? documents
    : documents.map(intoNamespace(parsed.data.namespace));
}

function intoNamespace(namespace: string): (document: YamlDocument) => YamlDocument {
  const Meta = z.looseObject({ kind: z.string(), metadata: z.looseObject({ name: z.string() }) });
  return (document) => {
    const parsed = Meta.safeParse(document.value);
    if (!parsed.success) return document;
    const { kind, metadata } = parsed.data;
    const moved = kind === 'Namespace' ? { ...metadata, name: namespace } : { ...metadata, namespace };
    return { ...document, value: { ...parsed.data, metadata: moved } };
  };
}

/** A path as people type it: relative to where they stand, when that is shorter. */
export function shownPath(file: string): string {
  const short = relative(process.cwd(), file);
  return short.startsWith('..') ? file : short;
}
