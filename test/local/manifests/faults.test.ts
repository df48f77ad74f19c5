import { describe, expect, test } from 'vitest';
import { ManifestError, readManifests } from '../../../local/manifests/read.ts';
import { BROKER, directoryOf, SERVICE, yaml } from './builders.ts';

const SINK = 'sink: {ref: {apiVersion: serving.knative.dev/v1, kind: Service, name: worker}}';
const SUBSCRIBER = 'subscriber: {ref: {apiVersion: serving.knative.dev/v1, kind: Service, name: worker}}';

const ping = (schedule: string, more = '') =>
  yaml('PingSource', [`schedule: "${schedule}"`, more, SINK].filter(Boolean).join('\n'));
const wanting = (more: string) => yaml('Trigger', `broker: main\n${SUBSCRIBER}\n${more}`);

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
      wanting(
        `delivery:\n  deadLetterSink: {ref: {apiVersion: serving.knative.dev/v1, kind: Service, name: gone}}`,
      ),
      'one.yaml:9: spec.delivery.deadLetterSink.ref.name: there is no Service gone',
    ],
    [
      'a misspelt field',
      wanting(`delivery:\n  retries: 3`),
      'one.yaml:9: spec.delivery.retries: Unrecognized key',
    ],
    [
      'a delay that is none',
      wanting(`delivery:\n  backoffDelay: 1s`),
      'one.yaml:9: spec.delivery.backoffDelay: 1s is no ISO 8601 duration',
    ],
    [
      'an unknown policy',
      yaml('Broker', 'delivery:\n  backoffPolicy: random'),
      'one.yaml:7: spec.delivery.backoffPolicy',
    ],
    [
      'two dialects in one filter',
      wanting(`filters:\n  - exact: {type: a}\n    prefix: {type: b}`),
      'one.yaml:9: spec.filters.0: expected one of',
    ],
    ['an empty any', wanting(`filters:\n  - any: []`), 'one.yaml:9: spec.filters.0.any'],
    [
      'an attribute name with a capital',
      wanting(`filter:\n  attributes:\n    Type: a`),
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
    ['@every', ping('@every 1m'), 'one.yaml:6: spec.schedule: unsupported descriptor @every'],
    ['an unknown descriptor', ping('@noon'), 'one.yaml:6: spec.schedule: unknown descriptor @noon'],
    ['four cron fields', ping('* * * *'), 'one.yaml:6: spec.schedule: expected 5 fields'],
    ['a minute of 60', ping('60 * * * *'), 'one.yaml:6: spec.schedule: Invalid value for minute: 60'],
    ['the weekday 7', ping('0 0 * * 7'), 'one.yaml:6: spec.schedule: the weekday 7'],
    ['cron that only others know', ping('0 0 L * *'), 'one.yaml:6: spec.schedule: '],
    [
      'a zone in the schedule',
      ping('TZ=UTC * * * * *'),
      'one.yaml:6: spec.schedule: the zone goes into timezone',
    ],
    [
      'an unknown zone',
      ping('* * * * *', `timezone: Mars/Base`),
      'one.yaml:7: spec.timezone: unknown time zone Mars/Base',
    ],
    [
      'an offset as zone',
      ping('* * * * *', `timezone: "+01:00"`),
      'one.yaml:7: spec.timezone: unknown time zone',
    ],
    [
      'a JSON list as data',
      ping('* * * * *', `contentType: application/json\ndata: '[1]'`),
      'one.yaml:8: spec.data: with application/json',
    ],
    [
      'broken JSON as data',
      ping('* * * * *', `contentType: application/json\ndata: '{'`),
      'one.yaml:8: spec.data: with application/json',
    ],
    [
      'data twice',
      ping('* * * * *', `data: a\ndataBase64: YQ==`),
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
