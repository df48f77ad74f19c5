import { describe, expect, test } from 'vitest';
import { asyncBroker, broker, service, to, trigger } from '../manifests/builders.ts';
import { binary, scripted, until } from '../scripted-platform.ts';

const failing = () => new Response(null, { status: 422 });
const structured = { 'content-type': 'application/cloudevents+json' };
const envelope = { specversion: '1.0', id: 'e-1', source: '/test', type: 'test.happened' };

describe('a sync Broker', () => {
  test('answers when all subscribers have, and 500 when one failed without a dead letter sink', async () => {
    const delivery = { deadLetterSink: to('dead') };
    const services = [broker(), service('good'), service('bad'), service('dead'), trigger('good')];
    const script = { bad: failing };

    const kept = await scripted([...services, trigger('bad', { delivery })], script);
    const lost = await scripted([...services, trigger('bad')], script);

    expect((await kept.publish()).status).toBe(202);
    expect(kept.platform.tap.list()[0]?.outcome).toBe('dead-lettered');
    expect((await lost.publish()).status).toBe(500);
    expect(lost.seen('good')).toHaveLength(1);
    expect(lost.platform.tap.list()[0]?.outcome).toBe('failed');
  });

  test('cancels what follows when its publisher hangs up', async () => {
    const busy = () => new Response(null, { status: 503 });
    const gone = new AbortController();
    const { publish, seen, platform } = await scripted(
      [
        broker(),
        service('worker'),
        service('dead'),
        trigger('worker', { delivery: { retry: 3, deadLetterSink: to('dead') } }),
      ],
      { worker: busy },
      {
        wait: (_, signal) => new Promise((resolve) => signal.addEventListener('abort', () => resolve(false))),
      },
    );

    const published = publish({}, { signal: gone.signal });
    await until(() => expect(seen('worker')).toHaveLength(1));
    gone.abort();

    await expect(published).rejects.toThrow();
    await until(() => expect(platform.tap.list()[0]?.outcome).toBe('failed'));
    expect([seen('worker').length, seen('dead').length]).toEqual([1, 0]);
  });

  test('says 202 to an event that nobody wants, and it is gone', async () => {
    const { publish, platform, seen } = await scripted([
      broker(),
      service('worker'),
      trigger('worker', { filter: { attributes: { type: 'other' } } }),
    ]);

    expect((await publish()).status).toBe(202);

    expect(seen('worker')).toEqual([]);
    expect(platform.tap.list()[0]?.outcome).toBe('unwanted');
  });
});

test('an async Broker answers at once and goes on by itself', async () => {
  const gate = Promise.withResolvers<void>();
  const { publish, platform, seen } = await scripted(
    [
      asyncBroker(),
      service('worker'),
      service('dead'),
      trigger('worker', { delivery: { retry: 1, deadLetterSink: to('dead') } }),
    ],
    { worker: () => gate.promise.then(() => new Response(null, { status: 500 })) },
  );

  expect((await publish()).status).toBe(202);

  expect(platform.tap.list()[0]?.outcome).toBe('pending');
  gate.resolve();
  await until(() => expect(platform.tap.list()[0]?.outcome).toBe('dead-lettered'));
  expect([seen('worker').length, seen('dead').length]).toEqual([2, 1]);
});

describe('a reply', () => {
  const replying = (type: string) => () =>
    new Response('{"r":1}', { headers: { ...binary({ id: 'r-1', type }) } });
  const only = (type: string) => ({ filter: { attributes: { type } } });

  test.each([
    ['binary', replying('test.replied')],
    [
      'structured',
      () =>
        Response.json(
          { ...envelope, id: 'r-1', type: 'test.replied', data: { r: 1 } },
          { headers: structured },
        ),
    ],
  ])('in %s mode goes back to the Broker', async (_, worker) => {
    const { publish, seen } = await scripted(
      [
        broker(),
        service('worker'),
        service('next'),
        trigger('worker', only('test.happened')),
        trigger('next', only('test.replied')),
      ],
      { worker },
    );

    expect((await publish({}, { headers: { 'knative-trace': 't' } })).status).toBe(202);

    expect(seen('next').map(({ headers, body }) => [headers['ce-id'], JSON.parse(body)])).toEqual([
      ['r-1', { r: 1 }],
    ]);
  });

  test('that the Broker does not take makes a dead letter of the event it answers', async () => {
    const delivery = { deadLetterSink: to('dead') };
    const { publish, seen } = await scripted(
      [
        broker(),
        service('worker'),
        service('next'),
        service('dead'),
        trigger('worker', { ...only('test.happened'), delivery }),
        trigger('next', only('test.replied')),
      ],
      { worker: replying('test.replied'), next: failing },
    );

    await publish();

    expect(seen('dead').map(({ headers }) => headers['ce-type'])).toEqual(['test.happened']);
  });

  test('loop ends when its hops are used up', async () => {
    const { publish, seen, logged } = await scripted([asyncBroker(), service('worker'), trigger('worker')], {
      worker: replying('test.again'),
    });

    await publish({ knativebrokerttl: '6' });

    await until(() => expect(logged.map(({ message }) => message)).toContain('Broker refuses an event'));
    expect(seen('worker')).toHaveLength(5);
  });

  test('has one hop less than the 255 of the event that it answers', async () => {
    const delivery = { deadLetterSink: to('dead') };
    const { publish, seen } = await scripted(
      [
        broker(),
        service('worker'),
        service('next'),
        service('dead'),
        trigger('worker', only('test.happened')),
        trigger('next', { ...only('test.replied'), delivery }),
      ],
      { worker: replying('test.replied'), next: failing },
    );

    await publish();

    expect(seen('dead').map(({ headers }) => headers['ce-knativebrokerttl'])).toEqual(['254']);
  });
});
