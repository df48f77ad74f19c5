import { describe, expect, test } from 'vitest';
import { broker, service, to, trigger } from '../manifests/builders.ts';
import { binary, type Seen, scripted } from '../scripted-platform.ts';

const RETRIES = { retry: 2, backoffPolicy: 'exponential', backoffDelay: 'PT1S' };
const delivery = { ...RETRIES, deadLetterSink: to('dead') };
const world = [broker(), service('worker'), service('dead'), trigger('worker', { delivery })];
const errorFacts = ({ headers }: Seen) =>
  Object.fromEntries(Object.entries(headers).filter(([name]) => name.startsWith('ce-knativeerror')));

describe('an answer decides what becomes of an event', () => {
  test.each([200, 201, 202, 204])('%i with an empty body: done at the first try', async (status) => {
    const { publish, seen } = await scripted(world, { worker: () => new Response(null, { status }) });

    expect((await publish()).status).toBe(202);

    expect(seen('worker')).toHaveLength(1);
    expect(seen('dead')).toHaveLength(0);
  });

  test.each([404, 408, 409, 429, 500, 501, 502, 503, 504, 599])(
    '%i: tried again, then a dead letter that names it',
    async (status) => {
      const { publish, seen, platform } = await scripted(world, {
        worker: () => new Response('broken', { status }),
      });

      expect((await publish()).status).toBe(202);

      expect(seen('worker')).toHaveLength(3);
      expect(seen('dead').map(errorFacts)).toEqual([
        {
          'ce-knativeerrordest': `${platform.url}/services/worker/`,
          'ce-knativeerrorcode': String(status),
          'ce-knativeerrordata': Buffer.from('broken').toString('base64'),
        },
      ]);
    },
  );

  test.each([301, 302, 307, 400, 401, 403, 405, 410, 413, 415, 418, 422])(
    '%i: a dead letter at once',
    async (status) => {
      const answer = () => new Response('no', { status, headers: { location: '/services/dead/' } });
      const { publish, seen, waits } = await scripted(world, { worker: answer });

      expect((await publish()).status).toBe(202);

      expect(seen('worker')).toHaveLength(1);
      expect(waits).toEqual([]);
      expect(seen('dead').map(({ headers }) => headers['ce-knativeerrorcode'])).toEqual([String(status)]);
    },
  );

  test.each([
    ['text', () => new Response('done')],
    ['JSON', () => Response.json({ done: true })],
    ['a broken event', () => new Response('{}', { headers: { 'ce-specversion': '1.0' } })],
    [
      'a batch',
      () => new Response('[]', { headers: { 'content-type': 'application/cloudevents-batch+json' } }),
    ],
  ])('200 with %s: counts as 502, and the dead letter says nothing of it', async (_, worker) => {
    const { publish, seen, platform } = await scripted(world, { worker });

    expect((await publish()).status).toBe(202);

    expect(seen('worker')).toHaveLength(3);
    expect(platform.tap.list()[0]?.deliveries.map(({ status }) => status)).toEqual([502, 502, 502, 204]);
    expect(seen('dead').map(errorFacts)).toEqual([{}]);
  });

  test('no answer in time: tried again, then a dead letter without facts, while the work goes on', async () => {
    const slow = { ...delivery, timeout: 'PT1S' };
    let ended = 0;
    const gate = Promise.withResolvers<void>();
    const worker = async () => {
      await gate.promise;
      ended += 1;
      return new Response(null, { status: 204 });
    };
    const { publish, seen } = await scripted(
      [broker(), service('worker'), service('dead'), trigger('worker', { delivery: slow })],
      { worker },
    );

    expect((await publish()).status).toBe(202);

    expect(seen('worker')).toHaveLength(3);
    expect(seen('dead').map(errorFacts)).toEqual([{}]);
    gate.resolve();
    await expect.poll(() => ended, { timeout: 15_000 }).toBe(3);
  });

  test('nobody there: tried again, then a dead letter without facts', async () => {
    const nowhere = { subscriber: { uri: 'http://127.0.0.1:1/' }, delivery };
    const { publish, seen, platform } = await scripted([
      broker(),
      service('dead'),
      trigger('nowhere', nowhere),
    ]);

    expect((await publish()).status).toBe(202);

    expect(platform.tap.list()[0]?.deliveries.filter(({ error }) => error)).toHaveLength(3);
    expect(seen('dead').map(errorFacts)).toEqual([{}]);
  });

  test('a later success ends the tries', async () => {
    const statuses = [503, 204];
    const worker = () => new Response(null, { status: statuses.shift() ?? 500 });
    const { publish, seen, platform } = await scripted(world, { worker });

    await publish();

    expect(seen('worker')).toHaveLength(2);
    expect(seen('dead')).toHaveLength(0);
    expect(platform.tap.list()[0]?.outcome).toBe('delivered');
  });

  test('a failing answer above 768 bytes is an error in the log, as it would crash a real cluster', async () => {
    const answerOf = (bytes: number) => () => new Response('x'.repeat(bytes), { status: 422 });
    const short = await scripted(world, { worker: answerOf(768) });
    const long = await scripted(world, { worker: answerOf(769) });

    await Promise.all([short.publish(), long.publish()]);

    const errors = ({ logged }: typeof long) => logged.filter(({ level }) => level === 'error');
    expect(errors(short)).toEqual([]);
    expect(errors(long).map(({ message }) => message)).toEqual([
      expect.stringContaining('crashes the Brokers'),
    ]);
    expect(long.seen('dead')[0]?.headers['ce-knativeerrordata']).toHaveLength(1024);
  });
});

test('a subscriber sees what it sees in a cluster, a dead letter sink a little more', async () => {
  const { publish, seen } = await scripted(world, { worker: () => new Response(null, { status: 422 }) });
  const passing = { 'knative-foo': 'a', traceparent: 'b', 'x-request-id': 'c', 'x-b3-traceid': 'd' };

  await publish({ subject: 's' }, { headers: { ...passing, authorization: 'secret', 'x-custom': 'no' } });

  const [subscriber] = seen('worker');
  expect(subscriber).toMatchObject({ method: 'POST', path: '/', body: '{"n":1}' });
  expect(subscriber?.headers).toMatchObject({
    ...passing,
    ...binary({ subject: 's' }),
    'ce-knativearrivaltime': expect.stringMatching(/^\d{4}-.*Z$/),
    prefer: 'reply',
    'kn-namespace': 'test',
    'k-proxy-request': 'activator',
  });
  for (const absent of ['authorization', 'x-custom', 'ce-knativebrokerttl']) {
    expect(subscriber?.headers).not.toHaveProperty(absent);
  }
  expect(seen('dead')[0]?.headers).toMatchObject({ ...passing, 'ce-knativebrokerttl': '255' });
});
