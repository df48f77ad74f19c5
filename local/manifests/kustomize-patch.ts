import * as z from 'zod';
import type { Fault, Path, Place, YamlDocument } from './yaml-documents.ts';

export type PatchTarget = {
  /** The group of the API alone; without one of every group. */
  group?: string | undefined;
  kind?: string | undefined;
  name?: string | undefined;
};

const Operation = z.strictObject({
  op: z.enum(['add', 'replace', 'remove']),
  path: z.string().startsWith('/'),
  value: z.unknown().optional(),
});
const Identity = z.looseObject({
  apiVersion: z.string().default(''),
  kind: z.string(),
  metadata: z.looseObject({ name: z.string() }),
});
const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/**
 * Applies one kustomize patch, a strategic merge or a list of JSON 6902 operations, to the documents it is for.
 * Lists are replaced whole, as kustomize does with kinds whose schema it does not know.
 */
export function applyPatch(
  documents: YamlDocument[],
  patch: YamlDocument,
  target: PatchTarget | undefined,
  place: Place,
  faults: Fault[],
): YamlDocument[] {
  const operations = z.array(Operation).safeParse(patch.value);
  const own = Identity.safeParse(patch.value);
  const wanted = target ?? (own.success ? { kind: own.data.kind, name: own.data.metadata.name } : undefined);
  if (!wanted || (!operations.success && !isObject(patch.value))) {
    faults.push({
      ...place,
      message: 'a patch is a resource with kind and name, or operations with a target',
    });
    return documents;
  }
  let hits = 0;
  const patched = documents.map((document) => {
    if (!isFor(wanted, document)) return document;
    hits += 1;
    if (operations.success) return operated(document, operations.data);
    const { kind: _, metadata, ...rest } = Object(patch.value);
    const changes = target
      ? { ...rest, ...(isObject(metadata) ? { metadata: { ...metadata, name: undefined } } : {}) }
      : patch.value;
    return { value: merged(document.value, changes), place: patchedPlace(document, patch) };
  });
  if (hits === 0)
    faults.push({
      ...place,
      message: `the patch finds no ${wanted.kind ?? 'resource'} ${wanted.name ?? ''}`.trim(),
    });
  return patched.filter((document) => document.value !== undefined);
}

function isFor(target: PatchTarget, document: YamlDocument): boolean {
  const identity = Identity.safeParse(document.value);
  if (!identity.success) return false;
  const { apiVersion, kind, metadata } = identity.data;
  const group = apiVersion.includes('/') ? apiVersion.split('/')[0] : '';
  if ((target.group ?? group) !== group) return false;
  return (target.kind ?? kind) === kind && new RegExp(`^(?:${target.name ?? '.*'})$`).test(metadata.name);
}

function merged(base: unknown, patch: unknown): unknown {
  if (!isObject(patch)) return patch;
  if (patch.$patch === 'delete') return undefined;
  const result: Record<string, unknown> = isObject(base) ? { ...base } : {};
  for (const [name, value] of Object.entries(patch)) {
    if (value === undefined) continue;
    const next = value === null ? undefined : merged(result[name], value);
    if (next === undefined) delete result[name];
    else result[name] = next;
  }
  return result;
}

function patchedPlace(base: YamlDocument, patch: YamlDocument): (path: Path) => Place {
  return (path) => {
    let value: unknown = patch.value;
    for (const step of path) value = Object(value)[step];
    return value === undefined ? base.place(path) : patch.place(path);
  };
}

function operated(document: YamlDocument, operations: z.infer<typeof Operation>[]): YamlDocument {
  const value: unknown = structuredClone(document.value);
  for (const { op, path, value: given } of operations) {
    const steps = path
      .slice(1)
      .split('/')
      .map((step) => step.replaceAll('~1', '/').replaceAll('~0', '~'));
    const last = steps.pop() ?? '';
    const parent: unknown = steps.reduce<unknown>((node, step) => Object(node)[step], value);
    if (Array.isArray(parent)) {
      const at = last === '-' ? parent.length : Number(last);
      parent.splice(at, op === 'add' ? 0 : 1, ...(op === 'remove' ? [] : [given]));
    } else if (isObject(parent)) {
      if (op === 'remove') delete parent[last];
      else parent[last] = given;
    }
  }
  return { ...document, value };
}
