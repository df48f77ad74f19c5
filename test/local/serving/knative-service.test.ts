import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { describe, expect, test } from 'vitest';
import { withinLimits } from '../../../local/serving/knative-service.ts';
import { service } from '../manifests/builders.ts';
import { scripted } from '../scripted-platform.ts';

setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc');
const limits = { timeoutSeconds: 60, responseStartTimeoutSeconds: 60, containerConcurrency: 0 };
const request = () => new Request('http://localhost/');
const never = () => new Promise<Response>(() => {});
const text = (...chunks: string[]) =>
  ReadableStream.from(chunks.map((chunk) => new TextEncoder().encode(chunk)));

describe('timeouts', () => {
  test.each([
    ['timeoutSeconds', { timeoutSeconds: 0.02 }],
    ['responseStartTimeoutSeconds', { responseStartTimeoutSeconds: 0.02 }],
  ])('no answer within %s is a 504, and the handler is told', async (_, limit) => {
    const told = Promise.withResolvers<void>();
    const handler = withinLimits({ ...limits, ...limit }, ({ signal }) => {
      signal.addEventListener('abort', () => told.resolve());
      return never();
    });

    const response = await handler(request());

    expect([response.status, await response.text()]).toEqual([504, 'activator request timeout']);
    await told.promise;
  });

  test('a handler that keeps nothing but the signal is told', async () => {
    const told = Promise.withResolvers<void>();
    const handler = withinLimits({ ...limits, timeoutSeconds: 0.2 }, ({ signal }) => {
      signal.addEventListener('abort', () => told.resolve());
      setImmediate(collectGarbage);
      return never();
    });

    await handler(request());

    await told.promise;
  });

  test('an answer that goes on for longer than timeoutSeconds is cut', async () => {
    const endless = new ReadableStream({
      start: (stream) => stream.enqueue(new TextEncoder().encode('begun,')),
    });
    const handler = withinLimits({ ...limits, timeoutSeconds: 0.2 }, async () => new Response(endless));

    expect(await (await handler(request())).text()).toBe('begun,request timeout');
  });

  test('an answer in time passes as it is', async () => {
    const handler = withinLimits(
      limits,
      async () => new Response(text('a', 'b'), { status: 201, headers: { x: 'y' } }),
    );

    const response = await handler(request());

    expect([response.status, response.headers.get('x'), await response.text()]).toEqual([201, 'y', 'ab']);
  });

  test('a handler that throws throws', async () => {
    const handler = withinLimits({ ...limits, containerConcurrency: 1 }, () =>
      Promise.reject(new Error('broken')),
    );

    await expect(handler(request())).rejects.toThrow('broken');
    await expect(handler(request())).rejects.toThrow('broken');
  });
});

describe('containerConcurrency', () => {
  function gated(containerConcurrency: number, timeoutSeconds = 60) {
    const gates: (() => void)[] = [];
    const handler = withinLimits({ ...limits, containerConcurrency, timeoutSeconds }, () => {
      const gate = Promise.withResolvers<void>();
      gates.push(gate.resolve);
      return gate.promise.then(() => new Response(null, { status: 204 }));
    });
    return { gates, handler };
  }

  test.each([
    [0, 3],
    [1, 1],
    [2, 2],
  ])('%i lets %i of three in at once', async (limit, running) => {
    const { gates, handler } = gated(limit);

    const answers = [handler(request()), handler(request()), handler(request())];

    await expect.poll(() => gates.length, { timeout: 15_000 }).toBe(running);
    for (let i = 0; i < 3; i += 1) {
      await expect.poll(() => gates[i], { timeout: 15_000 }).toBeDefined();
      gates[i]?.();
    }
    expect((await Promise.all(answers)).map(({ status }) => status)).toEqual([204, 204, 204]);
  });

  test('the wait in the queue counts as time', async () => {
    const { gates, handler } = gated(1, 0.05);

    const answers = await Promise.all([handler(request()), handler(request())]);

    expect(answers.map(({ status }) => status)).toEqual([504, 504]);
    expect(gates.length).toBeGreaterThanOrEqual(1);
  });

  test('an answer holds its place until its body has ended', async () => {
    const body = Promise.withResolvers<string>();
    let calls = 0;
    const handler = withinLimits({ ...limits, containerConcurrency: 1 }, async () => {
      calls += 1;
      return new Response(
        ReadableStream.from(
          (async function* () {
            yield new TextEncoder().encode(await body.promise);
          })(),
        ),
      );
    });

    const first = await handler(request());
    const second = handler(request());
    expect(calls).toBe(1);
    body.resolve('end');

    expect(await first.text()).toBe('end');
    await second;
    expect(calls).toBe(2);
  });
});

test('a Service is found below its name, its prefix taken off', async () => {
  const { platform, seen } = await scripted([service('worker')]);

  const known = await fetch(`${platform.url}/services/worker/runs/7?a=b`, { method: 'POST', body: 'x' });
  const unknown = await fetch(`${platform.url}/services/nobody/`);

  expect([known.status, unknown.status]).toEqual([204, 404]);
  expect(seen('worker')).toMatchObject([{ method: 'POST', path: '/runs/7', body: 'x' }]);
});
