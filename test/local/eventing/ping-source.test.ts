import { describe, expect, test } from 'vitest';
import { tick } from '../../../local/eventing/ping-source.ts';
import { readManifests } from '../../../local/manifests/read.ts';
import { manifestsOf, pingSource, service } from '../manifests/builders.ts';
import { scripted, until } from '../scripted-platform.ts';

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;

/** Sends one tick of a PingSource to a Service that gives these answers, the last one for ever. */
async function tickInto(spec: object, ...statuses: number[]) {
  const [source] = readManifests(manifestsOf(service('worker'), pingSource({ ...spec }))).pingSources;
  const world = await scripted([service('worker')], {
    worker: () =>
      new Response(null, { status: (statuses.length > 1 ? statuses.shift() : statuses[0]) ?? 204 }),
  });
  const { platform, waits, logged } = world;
  await tick(source!, {
    addressOf: () => `${platform.url}/services/worker/`,
    wait: async (ms) => waits.push(ms) > 0,
    signal: new AbortController().signal,
    inFlight: () => {},
    log: {
      info: () => {},
      warn: () => {},
      error: (facts, message) => logged.push({ level: 'error', message, facts }),
    },
  });
  return world;
}

describe('a tick that its sink does not take', () => {
  test.each([404, 413, 425, 429, 502, 503, 504])('%i: six tries within 3.1 s, then lost', async (status) => {
    const { seen, waits, logged } = await tickInto({}, status);

    expect(seen('worker')).toHaveLength(6);
    expect(waits).toEqual([100, 200, 400, 800, 1600]);
    expect(logged.map(({ message }) => message)).toEqual(['tick lost']);
    expect(new Set(seen('worker').map(({ headers }) => headers['ce-id']))).toHaveProperty('size', 1);
  });

  test.each([400, 401, 403, 408, 409, 422, 500, 501])('%i: lost at once', async (status) => {
    const { seen, logged } = await tickInto({}, status);

    expect(seen('worker')).toHaveLength(1);
    expect(logged.map(({ message }) => message)).toEqual(['tick lost']);
  });

  test('a later success ends the tries', async () => {
    const { seen, logged } = await tickInto({}, 503, 204);

    expect(seen('worker')).toHaveLength(2);
    expect(logged).toEqual([]);
  });
});

test('a tick carries what a PingSource sends, and its overrides', async () => {
  const spec = {
    contentType: 'application/json',
    data: '{"pipeline":"market-bars"}',
    ceOverrides: { extensions: { tick: 'schedule' } },
  };
  const { seen } = await tickInto(spec, 204);

  const { headers, body } = seen('worker')[0]!;
  expect(body).toBe(spec.data);
  expect(headers).toMatchObject({
    'ce-specversion': '1.0',
    'ce-type': 'dev.knative.sources.ping',
    'ce-source': '/apis/v1/namespaces/test/pingsources/beat',
    'ce-id': expect.stringMatching(UUID),
    'ce-time': expect.stringMatching(/^\d{4}-.*Z$/),
    'ce-tick': 'schedule',
    'content-type': 'application/json',
  });
  expect(headers).not.toHaveProperty('ce-subject');
});

test('a tick without data has no body and no content type', async () => {
  const { seen } = await tickInto({ contentType: 'application/json' }, 204);

  expect(seen('worker')[0]?.body).toBe('');
  expect(seen('worker')[0]?.headers).not.toHaveProperty('content-type');
});

test('binary data arrives as it was', async () => {
  const { seen } = await tickInto({ contentType: 'text/plain', dataBase64: 'aGVsbG8=' }, 204);

  expect(seen('worker')[0]).toMatchObject({ body: 'hello', headers: { 'content-type': 'text/plain' } });
});

test('ticks come by the schedule, each with an id of its own, and a slow sink does not hold them up', async () => {
  const gate = Promise.withResolvers<void>();
  const { seen, platform } = await scripted(
    [service('worker'), pingSource()],
    { worker: () => gate.promise.then(() => new Response(null, { status: 204 })) },
    { ticks: true },
  );

  expect(platform.nextTicks()).toMatchObject([{ namespace: 'test', name: 'beat', at: expect.any(Date) }]);
  await until(() => expect(seen('worker').length).toBeGreaterThanOrEqual(2));
  gate.resolve();

  const [first, second] = seen('worker').map(({ headers }) => headers['ce-id']);
  expect(first).not.toBe(second);
});
