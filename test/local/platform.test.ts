import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, onTestFinished, test } from 'vitest';
import { ManifestError } from '../../local/manifests/read.ts';
import { startPlatform } from '../../local/platform.ts';
import { asyncBroker, broker, manifestsOf, pingSource, service, trigger } from './manifests/builders.ts';
import { scripted, until } from './scripted-platform.ts';

const silent = { info: () => {}, warn: () => {}, error: () => {} };
const hosted = { handler: async () => new Response('ok'), paths: () => false };

async function busyPort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => new Promise<void>((resolve) => server.close(() => resolve())));
  return (server.address() as AddressInfo).port;
}

test('a busy default port moves on', async () => {
  const port = await busyPort();

  const platform = await startPlatform({
    manifests: manifestsOf(),
    port,
    log: silent,
    host: () => hosted,
  });
  onTestFinished(() => platform.stop());

  expect(platform.port).not.toBe(port);
  expect((await fetch(platform.url)).status).toBe(404);
});

test('a busy port that was asked for is an error that names the variable', async () => {
  const port = await busyPort();

  const started = startPlatform({
    manifests: manifestsOf(),
    port,
    bindExplicit: true,
    log: silent,
    host: () => hosted,
  });

  await expect(started).rejects.toThrow(`PORT=${port} is already in use`);
});

test('broken manifests start nothing', async () => {
  const options = { manifests: manifestsOf(trigger('worker')), port: 0, log: silent, host: () => hosted };

  await expect(startPlatform(options)).rejects.toThrow(ManifestError);
});

test('a Service is given the addresses of this machine, and its name', async () => {
  const sink = {
    name: 'K_SINK',
    value: 'http://broker-ingress.knative-eventing.svc.cluster.local/test/main',
  };
  const peer = { name: 'PEER', value: 'http://worker.test.svc.cluster.local/x' };
  const { platform } = await scripted([broker(), service('worker', {}, { env: [sink, peer] })]);

  expect(platform.services[0]?.env).toEqual({
    K_SINK: `${platform.url}/broker/test/main`,
    PEER: `${platform.url}/services/worker/x`,
    K_SERVICE: 'worker',
    K_CONFIGURATION: 'worker',
  });
});

test('the common port leads to public Services, and says 404 as a problem to the rest', async () => {
  const hidden = {
    ...service('hidden'),
    metadata: { name: 'hidden', labels: { 'networking.knative.dev/visibility': 'cluster-local' } },
  };
  const { platform, seen } = await scripted([service('open'), hidden]);

  const statuses = await Promise.all(
    ['/open', '/hidden', '/other'].map(async (path) => (await fetch(platform.url + path)).status),
  );
  const wrongMethod = await fetch(`${platform.url}/open`, { method: 'POST', body: '{}' });
  const missing = await fetch(`${platform.url}/other`);

  expect(statuses).toEqual([204, 404, 404]);
  expect(wrongMethod.status).toBe(204);
  expect(seen('open').map(({ method }) => method)).toEqual(['GET', 'POST']);
  expect(missing.headers.get('content-type')).toBe('application/problem+json');
});

test('extra routes come before the functions', async () => {
  const platform = await startPlatform({
    manifests: manifestsOf(service('open')),
    port: 0,
    log: silent,
    host: () => ({ ...hosted, paths: () => true }),
    extraRoutes: (request) =>
      new URL(request.url).pathname === '/mail' ? Promise.resolve(new Response('mail')) : undefined,
  });
  onTestFinished(() => platform.stop());

  const bodies = await Promise.all(
    ['/mail', '/'].map(async (path) => (await fetch(platform.url + path)).text()),
  );

  expect(bodies).toEqual(['mail', 'ok']);
});

test('stop lets deliveries under way end, begins no other try, and makes no dead letter of them', async () => {
  const gates = [Promise.withResolvers<number>(), Promise.withResolvers<number>()];
  const services = [asyncBroker(), service('good'), service('bad'), service('dead')];
  const delivery = {
    retry: 5,
    backoffPolicy: 'linear',
    backoffDelay: 'PT1H',
    deadLetterSink: { ref: { apiVersion: 'serving.knative.dev/v1', kind: 'Service', name: 'dead' } },
  };
  const { platform, publish, seen } = await scripted(
    [
      ...services,
      trigger('good', { delivery }),
      trigger('bad', { delivery }),
      pingSource({ sink: { uri: 'http://127.0.0.1:1/' } }),
    ],
    {
      good: async () => new Response(null, { status: await gates[0]!.promise }),
      bad: async () => new Response(null, { status: await gates[1]!.promise }),
    },
    { wait: undefined, patience: 10_000 },
  );
  await publish();
  await until(() => expect(seen('good').length + seen('bad').length).toBe(2));

  const stopped = platform.stop();
  gates[0]?.resolve(204);
  gates[1]?.resolve(503);
  await stopped;

  expect(
    platform.tap
      .list()[0]
      ?.deliveries.map(({ status }) => status)
      .sort(),
  ).toEqual([204, 503]);
  expect([seen('good').length, seen('bad').length, seen('dead').length]).toEqual([1, 1, 0]);
  await expect(fetch(platform.url)).rejects.toThrow();
});

test('stop does not wait for ever', async () => {
  const { platform, publish, seen } = await scripted(
    [asyncBroker(), service('worker'), trigger('worker')],
    { worker: () => new Promise(() => {}) },
    { patience: 20 },
  );
  await publish();
  await until(() => expect(seen('worker')).toHaveLength(1));

  await platform.stop();

  expect(platform.tap.list()[0]?.outcome).toBe('failed');
});
