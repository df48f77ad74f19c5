import { expect, test } from 'vitest';
import { readManifests } from '../../../local/manifests/read.ts';
import { broker, manifestsOf, pingSource, service, to, trigger } from './builders.ts';

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
      secretEnv: { FROM_SECRET: 'secret' },
      timeoutSeconds: 400,
      responseStartTimeoutSeconds: 300,
      containerConcurrency: 0,
      public: true,
    },
  ]);
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
