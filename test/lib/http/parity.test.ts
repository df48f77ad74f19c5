import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { answer, answerJson } from '../../../lib/http/answer.ts';
import { headerList } from '../../../lib/http/header-list.ts';
import { at, serve } from './listening.ts';

/** What ours and Node's own must agree upon. */
const name = fc.constantFrom('a', 'A', 'Set-Cookie', 'set-cookie', 'Content-Type', 'x-b', 'X-B');
const value = fc.constantFrom('', '1', 'a=1; Path=/', 'b, c');
const step = fc.oneof(
  fc.tuple(fc.constant('append' as const), name, value),
  fc.tuple(fc.constant('set' as const), name, value),
  fc.tuple(fc.constant('delete' as const), name, value),
);

test('a list of headers behaves as Node’s own', () => {
  fc.assert(
    fc.property(fc.array(step), (steps) => {
      const [ours, theirs] = [headerList(), new Headers()];
      for (const [verb, at, text] of steps) for (const list of [ours, theirs]) list[verb](at, text);

      expect([...ours]).toEqual([...theirs]);
      expect(ours.getSetCookie()).toEqual(theirs.getSetCookie());
      for (const key of ['A', 'set-cookie', 'x-B', 'content-type', 'none']) {
        expect([ours.get(key), ours.has(key)]).toEqual([theirs.get(key), theirs.has(key)]);
      }
    }),
  );
});

test('an answer of a known text behaves as Node’s own', async () => {
  const made = () => [answerJson({ a: 'ü' }, { status: 201 }), Response.json({ a: 'ü' }, { status: 201 })];
  for (const read of ['text', 'json', 'bytes', 'arrayBuffer'] as const) {
    const [ours, theirs] = await Promise.all(made().map((response) => response[read]()));
    expect(ours).toEqual(theirs);
  }
  for (const [ours, theirs] of [made()]) {
    expect([ours?.status, ours?.ok, ours?.headers.get('content-type')]).toEqual([
      201,
      true,
      theirs?.headers.get('content-type'),
    ]);
    await ours?.text();
    expect(ours?.bodyUsed).toBe(true);
  }
  expect(answer(null, { status: 204 }).body).toBeNull();
});

describe('a request that came in', () => {
  test('can be read in each of the ways that Node’s own can', async () => {
    const listening = await serve(async (request) => {
      const { pathname, searchParams } = new URL(request.url);
      const copy = pathname === '/clone' ? request.clone() : request;
      const chunks: Uint8Array[] = [];
      if (pathname === '/body') for await (const chunk of copy.body ?? []) chunks.push(chunk);
      const read: Record<string, () => Promise<unknown>> = {
        '/text': () => copy.text(),
        '/clone': () => copy.text(),
        '/json': async () => JSON.stringify(await copy.json()),
        '/bytes': async () => Buffer.from(await copy.bytes()).toString(),
        '/body': async () => Buffer.concat(chunks).toString(),
      };
      return answer(`${request.method} ${searchParams.get('q')} ${await read[pathname]?.()}`);
    });

    for (const way of ['text', 'clone', 'json', 'bytes', 'body']) {
      const response = await fetch(at(listening, `/${way}?q=ü`), { method: 'POST', body: '{"a":"ü"}' });
      expect(await response.text()).toBe('POST ü {"a":"ü"}');
    }
  });

  test('has no body when it is a GET', async () => {
    const listening = await serve(async (request) => answer(`${request.body} ${await request.text()}`));

    expect(await (await fetch(at(listening))).text()).toBe('null ');
  });

  test('knows when its sender is gone, also when it looks late', async () => {
    const gone = Promise.withResolvers<boolean>();
    const listening = await serve(async (request) => {
      leaving.abort();
      await new Promise((resolve) => request.signal.addEventListener('abort', resolve, { once: true }));
      gone.resolve(request.signal.aborted);
      return answer('too late');
    });
    const leaving = new AbortController();
    await fetch(at(listening), { signal: leaving.signal }).catch(() => {});

    expect(await gone.promise).toBe(true);
  });

  test('is answered with its length, a text of many bytes too', async () => {
    const listening = await serve(async () => answer('üü'));
    const response = await fetch(at(listening));

    expect(response.headers.get('content-length')).toBe('4');
    expect(await response.text()).toBe('üü');
  });
});
