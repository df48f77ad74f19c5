import { once } from 'node:events';
import { createServer } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import { describe, expect, test, vi } from 'vitest';
import { listen } from '../../../lib/http/host.ts';
import type { Handler } from '../../../lib/http/router.ts';
import { until } from '../../setup/until.ts';
import { at, serve } from './listening.ts';
import { exchange, head } from './raw-exchange.ts';

const echo: Handler = async (request) => new Response(await request.text());

describe('the host', () => {
  test('hands method, path, headers and body to the handler, and its answer back', async () => {
    const listening = await serve(async (request) => {
      const { pathname, search } = new URL(request.url);
      return new Response(
        `${request.method} ${pathname}${search} ${request.headers.get('x-a')} ${await request.text()}`,
        { status: 201, headers: { 'x-b': 'b' } },
      );
    });

    const response = await fetch(at(listening, '/a/b?c=d'), {
      method: 'POST',
      headers: { 'x-a': 'a' },
      body: 'body',
    });

    expect(response.status).toBe(201);
    expect(response.headers.get('x-b')).toBe('b');
    expect(await response.text()).toBe('POST /a/b?c=d a body');
  });

  test.each([
    ['GET //', '//'],
    ['GET http://', 'no authority'],
    ['GET http://[', 'a broken address'],
    ['TRACE /', 'a method that fetch knows not'],
  ])('%s is refused with 400 as a problem: %s', async (line) => {
    const listening = await serve(async () => new Response('never'));

    const answer = await exchange(listening.port, head(line));

    expect(answer).toMatch(/^HTTP\/1\.1 400 /);
    expect(answer).toMatch(/content-type: application\/problem\+json/i);
    expect(answer).not.toContain('never');
  });

  test('a Host header that is no host is refused with 400', async () => {
    const listening = await serve(async () => new Response('never'));

    const answer = await exchange(
      listening.port,
      'GET /runs HTTP/1.1\r\nHost: a b\r\nConnection: close\r\n\r\n',
    );

    expect(answer).toMatch(/^HTTP\/1\.1 400 /);
  });

  test('a long answer that is read slowly leaves nothing behind at each pause', async () => {
    const warnings: Error[] = [];
    const listen = (warning: Error) => warnings.push(warning);
    process.on('warning', listen);
    const listening = await serve(async () => {
      let chunks = 40;
      return new Response(
        new ReadableStream({
          pull: (controller) =>
            chunks-- > 0 ? controller.enqueue(new Uint8Array(1_000_000)) : controller.close(),
        }),
      );
    });

    const answer = await fetch(at(listening));

    expect((await answer.arrayBuffer()).byteLength).toBe(40_000_000);
    process.off('warning', listen);
    expect(warnings).toEqual([]);
  });

  test('a handler that throws is a 500 that says nothing of the cause', async () => {
    const listening = await serve(async () => {
      throw new Error('hunter2');
    });

    const response = await fetch(at(listening));

    expect(response.status).toBe(500);
    expect(await response.text()).not.toContain('hunter2');
  });

  test('HEAD has the head of GET and no body, and lets go of the body that the handler made', async () => {
    const cancelled = vi.fn();
    const listening = await serve(
      async () => new Response(new ReadableStream({ cancel: cancelled }), { headers: { 'x-a': 'a' } }),
    );

    const response = await fetch(at(listening), { method: 'HEAD' });

    expect(response.headers.get('x-a')).toBe('a');
    expect(await response.text()).toBe('');
    await until(() => cancelled.mock.calls.length > 0);
  });

  test('each cookie keeps a header of its own', async () => {
    const listening = await serve(async () => {
      const headers = new Headers([
        ['set-cookie', 'a=1'],
        ['set-cookie', 'b=2'],
      ]);
      return new Response('', { headers });
    });

    const response = await fetch(at(listening));

    expect(response.headers.getSetCookie()).toEqual(['a=1', 'b=2']);
  });

  test('a connection serves the next request also when a body was left unread', async () => {
    const listening = await serve(async () => new Response('ok'));
    const post = `POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 5\r\n\r\n12345`;

    const answer = await exchange(listening.port, post + post + head('GET /'));

    expect(answer.match(/HTTP\/1\.1 200 OK/g)).toHaveLength(3);
  });

  test('a port that is taken is an error that can be caught', async () => {
    const taken = createServer();
    await new Promise<void>((resolve) => taken.listen(0, '127.0.0.1', resolve));
    const { port } = taken.address() as AddressInfo;

    await expect(listen(echo, { port, host: '127.0.0.1' })).rejects.toThrow(/EADDRINUSE/);

    taken.close();
  });
});

describe('closing', () => {
  test('waits for the open request, answers it, and does not wait for its kept-alive connection', async () => {
    const started = Promise.withResolvers<void>();
    const go = Promise.withResolvers<void>();
    const listening = await serve(async () => {
      started.resolve();
      await go.promise;
      return new Response('done');
    });
    const answer = fetch(at(listening)).then((response) => response.text());
    await started.promise;

    const closed = listening.close();
    go.resolve();

    expect(await answer).toBe('done');
    await closed;
  });

  test('does not wait for a connection that was opened and never used', async () => {
    const listening = await serve(echo);
    const opened = connect(listening.port, '127.0.0.1').on('error', () => {});
    await once(listening.server, 'connection');

    await listening.close();

    opened.destroy();
  });

  test('takes no new connection', async () => {
    const listening = await serve(echo);
    await listening.close();

    await expect(fetch(at(listening))).rejects.toThrow();
  });
});
