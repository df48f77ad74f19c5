import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { readManifests } from '../../../local/manifests/read.ts';
import { BROKER, directoryOf, SERVICE } from './builders.ts';

describe('kustomize', () => {
  const base = {
    'base/kustomization.yaml': 'resources: [broker.yaml, worker.yaml]\nnamespace: moved\n',
    'base/broker.yaml': BROKER,
    'base/worker.yaml': SERVICE,
    'base/stray.yaml': 'not: a resource',
  };

  test('reads what the kustomization names, into its namespace', () => {
    const { services, brokers } = readManifests(join(directoryOf(base), 'base'));

    expect([...services, ...brokers].map(({ namespace, name }) => `${namespace}/${name}`)).toEqual([
      'moved/worker',
      'moved/main',
    ]);
  });

  test('an overlay patches its base: merges, operations and removals', () => {
    const directory = directoryOf({
      ...base,
      'over/kustomization.yaml': `resources: [../base]
patches:
  - path: async.yaml
  - target: {kind: Service, name: worker}
    patch: |-
      - op: replace
        path: /spec/template/spec/containers/0/image
        value: other
      - op: add
        path: /spec/template/spec/timeoutSeconds
        value: 20
replicas: []
`,
      'over/async.yaml': `kind: Broker
metadata:
  name: main
  annotations: {messaging.knative.dev/async-handler: "true"}
`,
    });

    const { services, brokers, ignored } = readManifests(join(directory, 'over'));

    expect(brokers).toMatchObject([{ name: 'main', async: true }]);
    expect(services).toMatchObject([{ name: 'worker', timeoutSeconds: 20 }]);
    expect(ignored).toMatchObject([{ kind: 'Kustomization', name: 'replicas', line: 12 }]);
  });

  test('a component is laid over what is there, before the patches of who names it', () => {
    const directory = directoryOf({
      ...base,
      'over/kustomization.yaml': `resources: [../base]
components: [../more, ../none]
`,
      'more/kustomization.yaml': `kind: Component
resources: [second.yaml]
patches:
  - patch: |-
      kind: Broker
      metadata: {name: main, annotations: {messaging.knative.dev/async-handler: "true"}}
`,
      'right/kustomization.yaml': 'resources: [../base]\ncomponents: [../more]\n',
      'more/second.yaml': SERVICE.replace('name: worker', 'name: second'),
    });

    expect(() => readManifests(join(directory, 'over'))).toThrow(
      'over/kustomization.yaml:2: ../none is no component',
    );
    const { services, brokers } = readManifests(join(directory, 'right'));

    expect(services.map(({ name }) => name)).toEqual(['worker', 'second']);
    expect(brokers).toMatchObject([{ name: 'main', async: true }]);
  });

  test('a patch of a delivery replaces its fields, and a fault in it has the line of the patch', () => {
    const files = {
      ...base,
      'over/kustomization.yaml': 'resources: [../base]\npatches: [{path: bad.yaml}]\n',
      'over/bad.yaml': 'kind: Broker\nmetadata:\n  name: main\nspec:\n  delivery:\n    retry: many\n',
    };

    expect(() => readManifests(join(directoryOf(files), 'over'))).toThrow(
      /bad\.yaml:6: spec\.delivery\.retry/,
    );
  });

  test.each([
    [
      'a resource that is not there',
      'resources: [gone.yaml]',
      /kustomization\.yaml:1: gone\.yaml does not exist/,
    ],
    [
      'a patch that finds nothing',
      'resources: []\npatches:\n  - patch: "{kind: Broker, metadata: {name: gone}}"',
      /kustomization\.yaml:3: the patch finds no Broker gone/,
    ],
    [
      'a file that is not there',
      'resources: []\npatches:\n  - path: gone.yaml',
      /kustomization\.yaml:3: gone\.yaml does not exist/,
    ],
  ])('%s is a fault', (_, text, expected) => {
    expect(() => readManifests(directoryOf({ 'kustomization.yaml': text }))).toThrow(expected);
  });
});
