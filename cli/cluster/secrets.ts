/** The Secrets that manifests name, and which of them are missing. */
import { kubectl } from './kubectl.ts';
import { objectsIn } from './resource.ts';

/** Secret by name: its keys. Values are never asked for. */
export type SecretKeys = ReadonlyMap<string, ReadonlySet<string>>;

const KEYS =
  '{{range .items}}{{.metadata.name}}{{range $key, $value := .data}} {{$key}}{{end}}{{"\\n"}}{{end}}';

/** All Secrets of a namespace. */
export async function secretKeys(namespace: string): Promise<SecretKeys> {
  const lines = await kubectl(['get', 'secrets', '-n', namespace, '-o', `go-template=${KEYS}`]);
  return new Map(
    lines
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => line.trim().split(' '))
      .map(([name = '', ...keys]) => [name, new Set(keys)]),
  );
}

/** What resources need: by the Secret's name, its keys. */
export function neededSecrets(resources: readonly unknown[]): SecretKeys {
  const needed = new Map<string, Set<string>>();
  const need = (name: unknown, keys: readonly unknown[]) => {
    if (typeof name !== 'string') return;
    const all = needed.get(name) ?? new Set<string>();
    for (const key of keys) if (typeof key === 'string') all.add(key);
    needed.set(name, all);
  };
  for (const { secretKeyRef, secret } of resources.flatMap((resource) => [...objectsIn(resource)])) {
    const { name, key, optional } = Object(secretKeyRef);
    if (optional !== true) need(name, [key]);
    const { secretName, items } = Object(secret);
    need(secretName, Array.isArray(items) ? items.map((item) => Object(item).key) : []);
  }
  return needed;
}

/** What is not there: `name` or `name: key`. */
export function missingSecrets(needed: SecretKeys, there: SecretKeys): string[] {
  return [...needed]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .flatMap(([name, keys]) => {
      const found = there.get(name);
      if (!found) return [name];
      return [...keys].filter((key) => !found.has(key)).map((key) => `${name}: ${key}`);
    });
}
