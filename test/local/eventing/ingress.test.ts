import { describe, expect, test } from 'vitest';
import { broker, service, trigger } from '../manifests/builders.ts';
import { binary, scripted } from '../scripted-platform.ts';

const structured = { 'content-type': 'application/cloudevents+json' };
const envelope = { specversion: '1.0', id: 'e-1', source: '/test', type: 'test.happened' };

describe('the ingress answers as the real one', () => {
  const world = [broker(), service('worker'), trigger('worker')];

  test.each<[string, number, string, RequestInit]>([
    ['a binary event', 202, 'test/main', { headers: binary(), body: '{}' }],
    ['a binary event without a body', 202, 'test/main', { headers: binary() }],
    ['broken JSON as data', 202, 'test/main', { headers: binary(), body: '{"a":' }],
    ['2 MB of data', 202, 'test/main', { headers: binary(), body: JSON.stringify('x'.repeat(2e6)) }],
    ['a slash at the end', 202, 'test/main/', { headers: binary() }],
    ['a structured event', 202, 'test/main', { headers: structured, body: JSON.stringify(envelope) }],
    ['no event at all', 400, 'test/main', { headers: { 'content-type': 'application/json' }, body: '{}' }],
    ['an event without an id', 400, 'test/main', { headers: { ...binary(), 'ce-id': '' } }],
    ['an event without a source', 400, 'test/main', { headers: { ...binary(), 'ce-source': '' } }],
    ['an event without a type', 400, 'test/main', { headers: { ...binary(), 'ce-type': '' } }],
    ['another specversion', 400, 'test/main', { headers: { ...binary(), 'ce-specversion': '9.9' } }],
    ['a time that is none', 400, 'test/main', { headers: binary({ time: 'noon' }) }],
    [
      'a batch',
      400,
      'test/main',
      { headers: { 'content-type': 'application/cloudevents-batch+json' }, body: '[]' },
    ],
    ['a broken structured event', 400, 'test/main', { headers: structured, body: '{' }],
    ['a structured list', 400, 'test/main', { headers: structured, body: '[]' }],
    [
      'an attribute with a bad name',
      400,
      'test/main',
      { headers: structured, body: JSON.stringify({ ...envelope, bad_name: 1 }) },
    ],
    ['an unknown Broker', 404, 'test/other', { headers: binary() }],
    ['an unknown namespace', 404, 'other/main', { headers: binary() }],
    ['no Broker', 404, '', { headers: binary() }],
    ['half an address', 400, 'test', { headers: binary() }],
    ['too much of an address', 400, 'test/main/more', { headers: binary() }],
    ['GET', 405, 'test/main', { method: 'GET' }],
    ['PUT', 405, 'test/main', { method: 'PUT', headers: binary(), body: '{}' }],
    ['OPTIONS', 200, 'test/main', { method: 'OPTIONS' }],
  ])('%s: %i', async (_, status, path, init) => {
    const { platform, seen } = await scripted(world);

    const response = await fetch(`${platform.url}/broker/${path}`, { method: 'POST', ...init });

    expect(response.status).toBe(status);
    expect(response.headers.get('allow')).toBe('POST, OPTIONS');
    expect(seen('worker')).toHaveLength(status === 202 ? 1 : 0);
  });

  test('a structured event arrives in binary mode', async () => {
    const { platform, seen } = await scripted(world);
    const event = { ...envelope, count: 3, subject: 'grüße', data: { n: 1 } };

    await fetch(platform.brokerUrl('test', 'main'), {
      method: 'POST',
      headers: structured,
      body: JSON.stringify(event),
    });

    const { headers, body } = seen('worker')[0]!;
    expect(headers).toMatchObject({ 'ce-count': '3', 'content-type': 'application/json' });
    expect(decodeURIComponent(headers['ce-subject'] ?? '')).toBe('grüße');
    expect(JSON.parse(body)).toEqual({ n: 1 });
  });
});
