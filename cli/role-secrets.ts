import { print } from './print.ts';

/** Prints Kubernetes Secrets, each with the URL of a login, for `kubectl apply -f -`. */
export function printSecrets(urls: ReadonlyMap<string, string>): void {
  const items = [...urls].map(([name, url]) => ({
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: { name, namespace: 'kubescribe' },
    stringData: { url },
  }));
  print(JSON.stringify({ apiVersion: 'v1', kind: 'List', items }, null, 2));
}
