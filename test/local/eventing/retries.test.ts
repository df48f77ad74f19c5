import { describe, expect, test } from 'vitest';
import { broker, service, to, trigger } from '../manifests/builders.ts';
import { scripted } from '../scripted-platform.ts';

const RETRIES = { retry: 2, backoffPolicy: 'exponential', backoffDelay: 'PT1S' };
const delivery = { ...RETRIES, deadLetterSink: to('dead') };
const world = [broker(), service('worker'), service('dead'), trigger('worker', { delivery })];

describe('pauses between tries', () => {
  test.each([
    ['exponential', { retry: 3, backoffPolicy: 'exponential', backoffDelay: 'PT1S' }, [1000, 2000, 4000]],
    [
      'linear, the first at once',
      { retry: 3, backoffPolicy: 'linear', backoffDelay: 'PT0.5S' },
      [0, 500, 1000],
    ],
    ['none without policy and delay', { retry: 2 }, [0, 0]],
    ['no retries without retry', { timeout: 'PT10S' }, []],
  ])('%s', async (_, spec, expected) => {
    const { publish, waits } = await scripted(
      [broker(), service('worker'), trigger('worker', { delivery: spec })],
      { worker: () => new Response(null, { status: 503 }) },
    );

    await publish();

    expect(waits).toEqual(expected);
  });
});

describe("delivery is the Trigger's whole, or else the Broker's", () => {
  const failing = { worker: () => new Response(null, { status: 503 }) };
  const all = (brokerSpec: object, triggerSpec: object) => [
    broker({ ...brokerSpec }),
    service('worker'),
    service('dead'),
    service('own-dead'),
    trigger('worker', { ...triggerSpec }),
  ];

  test.each([
    ['the Broker alone', { delivery }, {}, 3, 'dead'],
    ['the Trigger alone', {}, { delivery: { ...RETRIES, deadLetterSink: to('own-dead') } }, 3, 'own-dead'],
    ['both', { delivery }, { delivery: { retry: 1, deadLetterSink: to('own-dead') } }, 2, 'own-dead'],
    [
      "a Trigger's timeout alone: no retries, the Broker's sink",
      { delivery },
      { delivery: { timeout: 'PT9S' } },
      1,
      'dead',
    ],
    ["a Trigger's empty block", { delivery }, { delivery: {} }, 1, 'dead'],
  ])('%s', async (_, brokerSpec, triggerSpec, tries, sink) => {
    const { publish, seen } = await scripted(all(brokerSpec, triggerSpec), failing);

    await publish();

    expect(seen('worker')).toHaveLength(tries);
    expect([seen('dead').length, seen('own-dead').length]).toEqual(sink === 'dead' ? [1, 0] : [0, 1]);
  });

  test("neither: Knative's own ten retries over 205 s, then 500", async () => {
    const { publish, waits } = await scripted(all({}, {}), failing);

    expect((await publish()).status).toBe(500);

    expect(waits).toHaveLength(10);
    expect(waits.reduce((sum, ms) => sum + ms)).toBe(204_600);
  });

  test('the dead letter sink is tried as often as the subscriber', async () => {
    const busy = () => new Response(null, { status: 503 });
    const { publish, seen } = await scripted(world, { worker: busy, dead: busy });

    expect((await publish()).status).toBe(500);

    expect(seen('dead')).toHaveLength(3);
  });
});
