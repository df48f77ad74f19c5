import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { onTestFinished } from 'vitest';

type Fields = Record<string, unknown>;

/** Writes files into a new directory, which goes with the test, and gives its path. */
export function directoryOf(files: Record<string, string>): string {
  const directory = mkdtempSync(join(tmpdir(), 'kubescribe-manifests-'));
  onTestFinished(() => rmSync(directory, { recursive: true, force: true }));
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(dirname(join(directory, name)), { recursive: true });
    writeFileSync(join(directory, name), text);
  }
  return directory;
}

/** Resources as one YAML file (JSON is YAML). */
export function manifestsOf(...resources: unknown[]): string {
  return directoryOf({ 'all.yaml': resources.map((one) => JSON.stringify(one, null, 1)).join('\n---\n') });
}

export const broker = (spec: Fields = {}, annotations: Record<string, string> = {}) => ({
  apiVersion: 'eventing.knative.dev/v1',
  kind: 'Broker',
  metadata: { name: 'main', namespace: 'test', annotations },
  spec,
});

export const asyncBroker = (spec: Fields = {}) =>
  broker(spec, { 'messaging.knative.dev/async-handler': 'true' });

export const service = (name: string, spec: Fields = {}, container: Fields = {}) => ({
  apiVersion: 'serving.knative.dev/v1',
  kind: 'Service',
  metadata: { name, namespace: 'test' },
  spec: { template: { spec: { containers: [{ image: 'kubescribe', ...container }], ...spec } } },
});

export const to = (name: string) => ({
  ref: { apiVersion: 'serving.knative.dev/v1', kind: 'Service', name },
});

export const trigger = (name: string, spec: Fields = {}) => ({
  apiVersion: 'eventing.knative.dev/v1',
  kind: 'Trigger',
  metadata: { name, namespace: 'test' },
  spec: { broker: 'main', subscriber: to(name), ...spec },
});

export const pingSource = (spec: Fields = {}) => ({
  apiVersion: 'sources.knative.dev/v1',
  kind: 'PingSource',
  metadata: { name: 'beat', namespace: 'test' },
  spec: { schedule: '* * * * * *', sink: to('worker'), ...spec },
});

/** A resource as a person would write it, its spec from line 6 on. */
export const yaml = (kind: string, spec: string, name = 'one') => {
  const group = { Service: 'serving.knative.dev', PingSource: 'sources.knative.dev' }[kind];
  return `apiVersion: ${group ?? 'eventing.knative.dev'}/v1
kind: ${kind}
metadata:
  name: ${name}
spec:
${spec.replace(/^/gm, '  ')}
`;
};
export const BROKER = yaml('Broker', '{}', 'main');
export const SERVICE = yaml('Service', 'template: {spec: {containers: [{image: i}]}}', 'worker');
