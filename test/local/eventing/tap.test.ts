import { describe, expect, test } from 'vitest';
import { openTap, type TapEntry } from '../../../local/eventing/tap.ts';
import { broker, service, trigger } from '../manifests/builders.ts';
import { scripted } from '../scripted-platform.ts';

const world = [broker(), service('worker'), trigger('worker', { delivery: { retry: 1 } })];

async function listed(url: string, query = ''): Promise<TapEntry[]> {
  const response = await fetch(`${url}/events${query}`);
  return response.json() as Promise<TapEntry[]>;
}

describe('the event tap', () => {
  test('shows events newest first with each attempt', async () => {
    const { publish, platform } = await scripted(world, {
      worker: () => new Response(null, { status: 503 }),
    });
    await publish({ id: 'first' });
    await publish({ id: 'second', type: 'test.other' });

    const entries = await listed(platform.url);

    expect(entries).toMatchObject([
      { broker: 'test/main', outcome: 'failed', attributes: { id: 'second' }, data: { n: 1 } },
      { attributes: { id: 'first' } },
    ]);
    expect(entries[0]?.deliveries).toMatchObject([
      { trigger: 'test/worker', kind: 'subscriber', number: 1, status: 503, ms: expect.any(Number) },
      { number: 2, status: 503, url: `${platform.url}/services/worker/` },
    ]);
  });

  test('filters by type and limits', async () => {
    const { publish, platform } = await scripted(world);
    for (const id of ['1', '2', '3'])
      await publish({ id, type: id === '2' ? 'test.other' : 'test.happened' });

    const ids = async (query: string) =>
      (await listed(platform.url, query)).map(({ attributes }) => attributes.id);

    expect(await ids('?type=test.happened')).toEqual(['3', '1']);
    expect(await ids('?limit=1')).toEqual(['3']);
    expect(await ids('?type=none')).toEqual([]);
  });

  test.each(['0', '-1', 'x', '1001'])('refuses the limit %s', async (limit) => {
    const { platform } = await scripted(world);

    const response = await fetch(`${platform.url}/events?limit=${limit}`);

    expect([response.status, response.headers.get('content-type')]).toEqual([
      400,
      'application/problem+json',
    ]);
  });

  test('is a page for a browser, in which nothing of an event is markup', async () => {
    const { publish, platform } = await scripted(world);
    await publish({ type: '<script>alert(1)</script>' });

    const response = await fetch(`${platform.url}/events`, { headers: { accept: 'text/html,*/*' } });
    const html = await response.text();

    expect(response.headers.get('content-type')).toBe('text/html; charset=utf-8');
    expect(html).toContain('&lt;script&gt;alert');
    expect(html).not.toContain('<script>alert');
  });

  test('forgets the oldest events', async () => {
    const tap = openTap();
    for (let n = 0; n < 3500; n += 1)
      tap.open('b', { attributes: { id: String(n) }, data: new Uint8Array() });

    const ids = tap.list().map(({ attributes }) => attributes.id);

    expect([ids.length, ids[0], ids.at(-1)]).toEqual([3000, '3499', '500']);
  });
});
