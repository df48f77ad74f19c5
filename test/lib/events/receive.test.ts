import fc from 'fast-check';
import { describe, expect, test, vi } from 'vitest';
import { loadConfig } from '../../../lib/config.ts';
import { eventRoute, LeaseHeld, PoisonEvent, type Received } from '../../../lib/events/receive.ts';
import { HttpProblem } from '../../../lib/http/problem.ts';
import { router } from '../../../lib/http/router.ts';
import { createService } from '../../../lib/http/service.ts';

const LIMIT = 512;

type Sent = {
  headers?: Record<string, string>;
  body?: string | Uint8Array<ArrayBuffer>;
  path?: string;
  method?: string;
};

/** The door for events with a handler of the test's own. */
function door(handle: (event: Received) => Promise<void> = async () => {}) {
  const service = createService(loadConfig({ LOG_LEVEL: 'silent' }));
  const handler = router([eventRoute(handle)], service);
  return ({ headers = binary, body = '{}', path = '/', method = 'POST' }: Sent = {}) =>
    handler(
      new Request(new URL(path, 'http://function'), { method, headers, ...(method === 'POST' && { body }) }),
    );
}

const binary: Record<string, string> = {
  'content-type': 'application/json',
  'ce-specversion': '1.0',
  'ce-id': '1',
  'ce-type': 't',
  'ce-source': '/s',
};
const without = (name: string) =>
  Object.fromEntries(Object.entries(binary).filter(([header]) => header !== name));
const structured = (event: object, type = 'application/cloudevents+json') => ({
  headers: { 'content-type': type },
  body: JSON.stringify(event),
});
const whole = {
  specversion: '1.0',
  id: '1',
  type: 't',
  source: '/s',
  datacontenttype: 'application/json',
  data: { a: 1 },
};

describe('an event is read', () => {
  test.each([
    ['in binary mode', { headers: { ...binary, 'ce-subject': 'p/1', 'ce-tick': 'minute' }, body: '{"a":1}' }],
    ['in structured mode', structured({ ...whole, subject: 'p/1', tick: 'minute' })],
    [
      'in structured mode with a charset',
      structured({ ...whole, subject: 'p/1', tick: 'minute' }, 'application/cloudevents+json; charset=UTF-8'),
    ],
    [
      'in structured mode with a charset, no space',
      structured({ ...whole, subject: 'p/1', tick: 'minute' }, 'application/cloudevents+json;charset=UTF-8'),
    ],
    [
      'with a charset',
      {
        headers: {
          ...binary,
          'content-type': 'application/json;charset=UTF-8',
          'ce-subject': 'p/1',
          'ce-tick': 'minute',
        },
        body: '{"a":1}',
      },
    ],
    [
      'with another case of letters',
      {
        headers: {
          ...binary,
          'content-type': 'Application/JSON; Charset=utf-8',
          'ce-subject': 'p/1',
          'ce-tick': 'minute',
        },
        body: '{"a":1}',
      },
    ],
  ])('%s', async (_how, sent) => {
    const handle = vi.fn(async () => {});

    const response = await door(handle)(sent);

    expect(response.status).toBe(204);
    expect(await response.text()).toBe('');
    expect(handle).toHaveBeenCalledExactlyOnceWith(
      expect.objectContaining({ id: '1', type: 't', source: '/s', subject: 'p/1', data: { a: 1 } }),
      expect.anything(),
    );
    expect(handle).toHaveBeenCalledWith(
      expect.objectContaining({ extensions: expect.objectContaining({ tick: 'minute' }) }),
      expect.anything(),
    );
  });
});

describe('what is no event of ours is poison', () => {
  test.each<[string, Sent]>([
    ['no id', { headers: without('ce-id') }],
    ['no type', { headers: without('ce-type') }],
    ['no source', { headers: without('ce-source') }],
    ['no specversion', { headers: without('ce-specversion') }],
    ['specversion 0.3', { headers: { ...binary, 'ce-specversion': '0.3' } }],
    ['specversion 2.0', { headers: { ...binary, 'ce-specversion': '2.0' } }],
    ['structured, specversion 0.3', structured({ ...whole, specversion: '0.3' })],
    ['structured, without an id', structured({ ...whole, id: undefined })],
    ['structured, an id that is empty', structured({ ...whole, id: '' })],
    ['structured, an id that is a number', structured({ ...whole, id: 5 })],
    ['structured, an id with a NUL', structured({ ...whole, id: 'a\0' })],
    ['structured, no object', { headers: { 'content-type': 'application/cloudevents+json' }, body: '5' }],
    ['structured, broken', { headers: { 'content-type': 'application/cloudevents+json' }, body: '{"id":' }],
    ['structured, empty', { headers: { 'content-type': 'application/cloudevents+json' }, body: '' }],
    [
      'a batch',
      { headers: { 'content-type': 'application/cloudevents-batch+json' }, body: JSON.stringify([whole]) },
    ],
    ['an empty batch', { headers: { 'content-type': 'application/cloudevents-batch+json' }, body: '[]' }],
    ['data that is broken JSON', { body: '{"a":' }],
    ['no event at all', { headers: {}, body: '' }],
    ['JSON that is no event', { headers: { 'content-type': 'application/json' }, body: '{"pipeline":"p"}' }],
    ['a body over the limit', { body: JSON.stringify('x'.repeat(1024 * 1024)) }],
  ])('%s: 422', async (_what, sent) => {
    const handle = vi.fn(async () => {});

    const response = await door(handle)(sent);

    expect(response.status).toBe(422);
    expect(response.headers.get('content-type')).toBe('application/problem+json');
    expect((await response.bytes()).length).toBeLessThanOrEqual(LIMIT);
    expect(handle).not.toHaveBeenCalled();
  });
});

describe('what a handler throws decides the answer', () => {
  test.each([
    ['PoisonEvent', new PoisonEvent('no'), 422],
    ['HttpProblem', new HttpProblem({ status: 404, title: 'Not found' }), 422],
    ['LeaseHeld', new LeaseHeld('held'), 429],
    ['any other error', new Error('password=hunter2'), 503],
    ['no error', undefined, 503],
  ])('%s', async (_what, thrown, status) => {
    const response = await door(async () => {
      throw thrown;
    })();

    expect(response.status).toBe(status);
    expect(await response.text()).not.toContain('hunter2');
  });
});

test('whatever comes, the answer is one that Knative understands, and short', async () => {
  const thrown = fc.oneof(
    fc.string({ unit: 'binary', maxLength: 3000 }).map((text) => new PoisonEvent(text)),
    fc.string({ unit: 'binary', maxLength: 3000 }).map((text) => new Error(text)),
    fc.constant(new LeaseHeld('held')),
    fc.constant(undefined),
  );
  const value = fc.string({
    unit: fc.integer({ min: 0x21, max: 0xff }).map((c) => String.fromCharCode(c)),
    minLength: 1,
    maxLength: 3000,
  });
  const headers = fc.record(
    {
      'ce-id': value,
      'ce-type': value,
      'ce-source': value,
      'ce-subject': value,
      'ce-time': value,
      'ce-dataschema': value,
      'x-request-id': value,
      'ce-specversion': fc.constantFrom('1.0', '0.3', '""', '\\'),
      'content-type': fc.oneof(
        fc.constantFrom(
          'application/json',
          'application/cloudevents+json',
          'text/xml',
          'application/xml',
          'application/octet-stream',
        ),
        value,
      ),
    },
    { requiredKeys: [] },
  );
  const body = fc.oneof(
    fc.json(),
    fc.string({ unit: 'binary' }),
    fc.uint8Array({ maxLength: 100 }).map((bytes) => new Uint8Array(bytes)),
  );

  await fc.assert(
    fc.asyncProperty(headers, body, thrown, async (some, data, error) => {
      const deliver = door(async () => {
        if (error) throw error;
      });
      for (const sent of [
        { headers: some, body: data },
        { headers: { ...binary, ...some }, body: data },
      ]) {
        const response = await deliver(sent);
        const answer = await response.bytes();

        expect([204, 422, 429, 503]).toContain(response.status);
        if (response.status === 204) expect(answer).toHaveLength(0);
        expect(answer.length).toBeLessThanOrEqual(LIMIT);
      }
    }),
    { numRuns: 150 },
  );
});

test('an event that goes to another path or by another method is refused in few words', async () => {
  const id = { ...binary, 'x-request-id': '"'.repeat(3000) };
  const answers = [
    await door()({ path: `/${'"%00'.repeat(3000)}`, headers: id }),
    await door()({ method: 'PUT', headers: id }),
  ];

  for (const response of answers) expect((await response.bytes()).length).toBeLessThanOrEqual(LIMIT);
});
