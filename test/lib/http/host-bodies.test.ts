import { connect } from 'node:net';
import { describe, expect, test, vi } from 'vitest';
import { BODY_LIMIT, readText } from '../../../lib/http/body.ts';
import { HttpProblem } from '../../../lib/http/problem.ts';
import { until } from '../../setup/until.ts';
import { at, serve } from './listening.ts';

describe('bodies that stream', () => {
  test('chunks arrive as they are made', async () => {
    let say: ((text: string) => void) | undefined;
    const listening = await serve(
      async () =>
        new Response(
          new ReadableStream<Uint8Array>({
            start(controller) {
              say = (text) => controller.enqueue(Buffer.from(text));
            },
          }),
        ),
    );
    const answer = fetch(at(listening));
    await until(() => say);
    say?.('one');
    const reader = (await answer).body!.getReader();
    const first = await reader.read();
    say?.('two');
    const second = await reader.read();
    await reader.cancel();

    expect([first, second].map(({ value }) => Buffer.from(value!).toString())).toEqual(['one', 'two']);
  });

  test('an answer that breaks off is seen to be broken', async () => {
    const listening = await serve(
      async () =>
        new Response(
          new ReadableStream({
            pull(controller) {
              controller.enqueue(Buffer.from('half'));
              controller.error(new Error('the rest is lost'));
            },
          }),
        ),
    );

    const reading = fetch(at(listening)).then((response) => response.text());

    await expect(reading).rejects.toThrow();
  });

  test('a reader that goes away aborts the request and cancels the body', async () => {
    const cancelled = vi.fn();
    let signal: AbortSignal | undefined;
    const listening = await serve(async (request) => {
      signal = request.signal;
      const body = new ReadableStream({ start: (c) => c.enqueue(Buffer.from('one')), cancel: cancelled });
      return new Response(body);
    });
    const leaving = new AbortController();
    const response = await fetch(at(listening), { signal: leaving.signal });
    await response.body!.getReader().read();

    leaving.abort();

    await until(() => signal?.aborted);
    await until(() => cancelled.mock.calls.length > 0);
  });

  test.each([
    ['a content-length', (text: string) => text],
    ['chunks', (text: string) => new Blob([text]).stream()],
  ])('a body over the limit with %s: its sender is told so, and not cut off', async (_how, body) => {
    const listening = await serve(async (request) => {
      const error = await readText(request).catch((thrown: Error) => thrown);
      return new Response(error instanceof HttpProblem ? error.problem.title : 'read');
    });
    const post = (text: string) =>
      fetch(at(listening), { method: 'POST', body: body(text), duplex: 'half' } as RequestInit);

    expect(await (await post('x'.repeat(8 * BODY_LIMIT))).text()).toBe('Body too large');
    expect(await (await post('x'.repeat(BODY_LIMIT))).text()).toBe('read');
  });

  test('a body that breaks off is an error of the request, and the host lives on', async () => {
    const seen = vi.fn();
    const listening = await serve(async (request) => {
      await request.text().catch(seen);
      return new Response('ok');
    });

    const socket = connect(listening.port, '127.0.0.1');
    socket.write('POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 9\r\n\r\nhalf', () => socket.destroy());

    await until(() => seen.mock.calls.length > 0);
    expect((await fetch(at(listening), { method: 'POST', body: 'whole' })).status).toBe(200);
  });
});
