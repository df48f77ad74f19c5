import { describe, expect, test, vi } from 'vitest';
import { LeaseHeld, PoisonEvent } from '../../../lib/events/receive.ts';
import { HttpProblem } from '../../../lib/http/problem.ts';
import { binary, door, LIMIT, type Sent } from './door.ts';

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
