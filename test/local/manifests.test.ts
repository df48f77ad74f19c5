import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { ManifestError, readManifests } from '../../local/manifests.ts';
import { broker, directoryOf, manifestsOf, pingSource, service, to, trigger } from './manifest-builders.ts';

const yaml = (kind: string, spec: string, name = 'one') => {
  const group = { Service: 'serving.knative.dev', PingSource: 'sources.knative.dev' }[kind];
  return `apiVersion: ${group ?? 'eventing.knative.dev'}/v1
kind: ${kind}
metadata:
  name: ${name}
spec:
${spec.replace(/^/gm, '  ')}
`;
};
const BROKER = yaml('Broker', '{}', 'main');
const SERVICE = yaml('Service', 'template: {spec: {containers: [{image: i}]}}', 'worker');
const SINK = 'sink: {ref: {apiVersion: serving.knative.dev/v1, kind: Service, name: worker}}';
const SUBSCRIBER = 'subscriber: {ref: {apiVersion: serving.knative.dev/v1, kind: Service, name: worker}}';

function faultsOf(files: Record<string, string>): string[] {
  const directory = directoryOf({ '900-rest.yaml': `${BROKER}---\n${SERVICE}`, ...files });
  try {
    readManifests(directory);
  } catch (error) {
    if (error instanceof ManifestError) return error.message.replaceAll(`${directory}/`, '').split('\n');
    throw error;
  }
  return [];
}

describe('a fault is told with file and line', () => {
  test.each([
    [
      'a Trigger of no Broker',
      yaml('Trigger', `broker: gone\n${SUBSCRIBER}`),
      'one.yaml:6: spec.broker: there is no Broker gone',
    ],
    [
      'a Trigger to no Service',
      yaml(
        'Trigger',
        'broker: main\nsubscriber:\n  ref:\n    apiVersion: serving.knative.dev/v1\n    kind: Service\n    name: gone',
      ),
      'one.yaml:11: spec.subscriber.ref.name: there is no Service gone in default',
    ],
    [
      'a Trigger to a cluster address of no Service',
      yaml('Trigger', 'broker: main\nsubscriber:\n  uri: http://gone.default.svc.cluster.local/x'),
      'one.yaml:8: spec.subscriber.uri: there is no Service gone',
    ],
    [
      "a Trigger to Kubernetes' own Service",
      yaml('Trigger', 'broker: main\nsubscriber: {ref: {apiVersion: v1, kind: Service, name: worker}}'),
      'one.yaml:7: spec.subscriber.ref.apiVersion',
    ],
    [
      'a dead letter sink that is not there',
      yaml(
        'Trigger',
        `broker: main\n${SUBSCRIBER}\ndelivery:\n  deadLetterSink: {ref: {apiVersion: serving.knative.dev/v1, kind: Service, name: gone}}`,
      ),
      'one.yaml:9: spec.delivery.deadLetterSink.ref.name: there is no Service gone',
    ],
    [
      'a misspelt field',
      yaml('Trigger', `broker: main\n${SUBSCRIBER}\ndelivery:\n  retries: 3`),
      'one.yaml:9: spec.delivery.retries: Unrecognized key',
    ],
    [
      'a delay that is none',
      yaml('Trigger', `broker: main\n${SUBSCRIBER}\ndelivery:\n  backoffDelay: 1s`),
      'one.yaml:9: spec.delivery.backoffDelay: 1s is no ISO 8601 duration',
    ],
    [
      'an unknown policy',
      yaml('Broker', 'delivery:\n  backoffPolicy: random'),
      'one.yaml:7: spec.delivery.backoffPolicy',
    ],
    [
      'two dialects in one filter',
      yaml('Trigger', `broker: main\n${SUBSCRIBER}\nfilters:\n  - exact: {type: a}\n    prefix: {type: b}`),
      'one.yaml:9: spec.filters.0: expected one of',
    ],
    [
      'an empty any',
      yaml('Trigger', `broker: main\n${SUBSCRIBER}\nfilters:\n  - any: []`),
      'one.yaml:9: spec.filters.0.any',
    ],
    [
      'an attribute name with a capital',
      yaml('Trigger', `broker: main\n${SUBSCRIBER}\nfilter:\n  attributes:\n    Type: a`),
      'one.yaml:10: spec.filter.attributes.Type',
    ],
    [
      'a PingSource to nothing',
      yaml(
        'PingSource',
        'schedule: "* * * * *"\nsink: {ref: {apiVersion: eventing.knative.dev/v1, kind: Broker, name: gone}}',
      ),
      'one.yaml:7: spec.sink.ref.name: there is no Broker gone',
    ],
    [
      '@every',
      yaml('PingSource', `schedule: "@every 1m"\n${SINK}`),
      'one.yaml:6: spec.schedule: unsupported descriptor @every',
    ],
    [
      'an unknown descriptor',
      yaml('PingSource', `schedule: "@noon"\n${SINK}`),
      'one.yaml:6: spec.schedule: unknown descriptor @noon',
    ],
    [
      'four cron fields',
      yaml('PingSource', `schedule: "* * * *"\n${SINK}`),
      'one.yaml:6: spec.schedule: expected 5 fields',
    ],
    [
      'a minute of 60',
      yaml('PingSource', `schedule: "60 * * * *"\n${SINK}`),
      'one.yaml:6: spec.schedule: Invalid value for minute: 60',
    ],
    [
      'the weekday 7',
      yaml('PingSource', `schedule: "0 0 * * 7"\n${SINK}`),
      'one.yaml:6: spec.schedule: the weekday 7',
    ],
    [
      'cron that only others know',
      yaml('PingSource', `schedule: "0 0 L * *"\n${SINK}`),
      'one.yaml:6: spec.schedule: ',
    ],
    [
      'a zone in the schedule',
      yaml('PingSource', `schedule: "TZ=UTC * * * * *"\n${SINK}`),
      'one.yaml:6: spec.schedule: the zone goes into timezone',
    ],
    [
      'an unknown zone',
      yaml('PingSource', `schedule: "* * * * *"\ntimezone: Mars/Base\n${SINK}`),
      'one.yaml:7: spec.timezone: unknown time zone Mars/Base',
    ],
    [
      'an offset as zone',
      yaml('PingSource', `schedule: "* * * * *"\ntimezone: "+01:00"\n${SINK}`),
      'one.yaml:7: spec.timezone: unknown time zone',
    ],
    [
      'a JSON list as data',
      yaml('PingSource', `schedule: "* * * * *"\ncontentType: application/json\ndata: '[1]'\n${SINK}`),
      'one.yaml:8: spec.data: with application/json',
    ],
    [
      'broken JSON as data',
      yaml('PingSource', `schedule: "* * * * *"\ncontentType: application/json\ndata: '{'\n${SINK}`),
      'one.yaml:8: spec.data: with application/json',
    ],
    [
      'data twice',
      yaml('PingSource', `schedule: "* * * * *"\ndata: a\ndataBase64: YQ==\n${SINK}`),
      'one.yaml:8: spec.dataBase64: expected data or dataBase64',
    ],
    [
      'a timeout above 600 s',
      yaml('Service', 'template:\n  spec:\n    timeoutSeconds: 601\n    containers: [{image: i}]'),
      'one.yaml:8: spec.template.spec.timeoutSeconds',
    ],
    [
      'a first byte later than the end',
      yaml(
        'Service',
        'template:\n  spec:\n    timeoutSeconds: 60\n    responseStartTimeoutSeconds: 61\n    containers: [{image: i}]',
      ),
      'one.yaml:9: spec.template.spec.responseStartTimeoutSeconds: must not exceed',
    ],
    [
      'a key of no ConfigMap',
      yaml(
        'Service',
        'template:\n  spec:\n    containers:\n      - image: i\n        env:\n          - name: A\n            valueFrom: {configMapKeyRef: {name: gone, key: a}}',
      ),
      'one.yaml:12: A: there is no ConfigMap gone',
    ],
    [
      'a key that the ConfigMap has not',
      `${yaml('Service', 'template:\n  spec:\n    containers:\n      - image: i\n        env:\n          - name: A\n            valueFrom:\n              configMapKeyRef:\n                name: some\n                key: a')}---\napiVersion: v1\nkind: ConfigMap\nmetadata: {name: some}\ndata: {b: '1'}\n`,
      'one.yaml:15: A: ConfigMap some has no key a',
    ],
    [
      'the address of no Broker in the environment',
      yaml(
        'Service',
        'template:\n  spec:\n    containers:\n      - image: i\n        env:\n          - name: K_SINK\n            value: http://broker-ingress.knative-eventing.svc.cluster.local/default/gone',
      ),
      'one.yaml:11: K_SINK: there is no Broker gone in default',
    ],
    [
      'an old API',
      BROKER.replace('v1', 'v1beta1').replace('main', 'one'),
      'one.yaml:1: apiVersion: Broker is served as',
    ],
    ['broken YAML', 'kind: [Broker', 'one.yaml:1: '],
    ['a document that is no resource', '---\nhello: world', 'one.yaml:2: apiVersion'],
    ['a resource that is there twice', BROKER, 'one.yaml:4: Broker main is there twice'],
  ])('%s', (_, text, expected) => {
    expect(faultsOf({ 'one.yaml': text })).toContainEqual(expect.stringContaining(expected));
  });

  test('all faults of all files at once', () => {
    const faults = faultsOf({
      'a.yaml': yaml('Trigger', `broker: gone\n${SUBSCRIBER}`, 'a'),
      'b.yaml': yaml('Trigger', `broker: lost\n${SUBSCRIBER}`, 'b'),
    });

    expect(faults.map((line) => line.split(' ')[0])).toEqual(['a.yaml:6:', 'b.yaml:6:']);
  });
});

test('kinds that are not run here are listed, never dropped in silence', () => {
  const { ignored } = readManifests(
    manifestsOf(
      service('worker'),
      { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'test' } },
      {
        apiVersion: 'networking.k8s.io/v1',
        kind: 'NetworkPolicy',
        metadata: { name: 'closed' },
      },
    ),
  );

  expect(ignored.map(({ kind, name }) => `${kind} ${name}`)).toEqual([
    'Namespace test',
    'NetworkPolicy closed',
  ]);
});

test('a Service gets values, ConfigMap keys, and the names of what Secrets hold', () => {
  const container = {
    envFrom: [{ configMapRef: { name: 'settings' } }, { secretRef: { name: 'secret' } }],
    env: [
      { name: 'PLAIN', value: 'p' },
      { name: 'FROM_MAP', valueFrom: { configMapKeyRef: { name: 'settings', key: 'A' } } },
      { name: 'FROM_SECRET', valueFrom: { secretKeyRef: { name: 'secret', key: 'url' } } },
      { name: 'MAYBE', valueFrom: { configMapKeyRef: { name: 'gone', key: 'A', optional: true } } },
    ],
  };
  const settings = {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name: 'settings', namespace: 'test' },
    data: { A: 'a' },
  };

  const { services } = readManifests(
    manifestsOf(settings, service('worker', { timeoutSeconds: 400 }, container)),
  );

  expect(services).toMatchObject([
    {
      env: { A: 'a', PLAIN: 'p', FROM_MAP: 'a' },
      secretEnv: ['FROM_SECRET'],
      timeoutSeconds: 400,
      responseStartTimeoutSeconds: 300,
      containerConcurrency: 0,
      public: true,
    },
  ]);
});

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
components: [../extra]
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
    expect(ignored).toMatchObject([{ kind: 'Kustomization', name: 'components', line: 12 }]);
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

test('a Trigger without delivery, and one with, and a PingSource, as they will be run', () => {
  const delivery = { retry: 4, backoffPolicy: 'linear', backoffDelay: 'PT2S', deadLetterSink: to('worker') };
  const own = { delivery: { timeout: 'PT1M30S' } };
  const ping = pingSource({
    timezone: 'Europe/Berlin',
    data: 'hello',
    ceOverrides: { extensions: { tick: 'x' } },
  });
  const resources = [
    broker({ delivery }),
    service('worker'),
    trigger('worker'),
    { ...trigger('worker', own), metadata: { name: 'own', namespace: 'test' } },
    ping,
  ];

  const { triggers, pingSources } = readManifests(manifestsOf(...resources));

  const sink = { kind: 'Service', namespace: 'test', name: 'worker', path: '/' };
  expect(triggers.map((one) => one.delivery)).toEqual([
    { retry: 4, backoffPolicy: 'linear', backoffDelay: 2000, timeout: undefined, deadLetterSink: sink },
    { retry: 0, backoffPolicy: undefined, backoffDelay: undefined, timeout: 90_000, deadLetterSink: sink },
  ]);
  expect(pingSources).toMatchObject([{ timezone: 'Europe/Berlin', extensions: { tick: 'x' }, sink }]);
});
