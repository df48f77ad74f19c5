import { once } from 'node:events';
import { connect } from 'node:net';
import { describe, expect, test } from 'vitest';
import { answer } from '../../../lib/http/answer.ts';
import { listen } from '../../../lib/http/host.ts';
import { problemResponse } from '../../../lib/http/problem.ts';
import type { Handler } from '../../../lib/http/router.ts';
import { switchTo } from '../../../lib/http/upgrade.ts';
import { withinLimits } from '../../../local/serving/knative-service.ts';
import { at, serve } from './listening.ts';
import { exchange } from './raw-exchange.ts';

const UPGRADE = 'GET /ws HTTP/1.1\r\nHost: h\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n';

/** Takes the connection over, says hello, and repeats in capitals what it hears. */
const shouting: Handler = async () =>
  switchTo({
    refused: () => {},
    takeOver(_, socket, head) {
      socket.write(`HELLO ${head.toString().toUpperCase()}`);
      socket.on('data', (said) => socket.write(said.toString().toUpperCase()));
    },
  });

async function talk(port: number, first: string) {
  const socket = connect(port, '127.0.0.1').setEncoding('utf8');
  let heard = '';
  socket.on('data', (text) => {
    heard += text;
  });
  socket.write(first);
  return { socket, heard: () => heard };
}

describe('a connection that leaves HTTP', () => {
  test('is handed over, with what was said too early', async () => {
    const { port } = await serve(shouting);

    const { socket, heard } = await talk(port, `${UPGRADE}early `);
    await expect.poll(heard).toBe('HELLO EARLY ');
    socket.write('more');

    await expect.poll(heard).toBe('HELLO EARLY MORE');
    socket.destroy();
  });

  test('hears in HTTP why it may not, and ends', async () => {
    const refuse: Handler = async () => problemResponse({ status: 404, title: 'Not found' });
    const { port } = await serve(refuse);

    const heard = await exchange(port, UPGRADE);

    expect(heard).toMatch(/^HTTP\/1\.1 404 /);
    expect(heard).toContain('application/problem+json');
  });

  test('that nobody can hand over is a 426, and who made the answer learns of it', async () => {
    let refused = 0;
    const listening = await serve(async () =>
      switchTo({ refused: () => void refused++, takeOver: () => {} }),
    );

    const response = await fetch(at(listening));

    expect([response.status, response.headers.get('upgrade'), refused]).toEqual([426, 'websocket', 1]);
    expect(await response.json()).toMatchObject({ title: 'Upgrade required' });
  });

  test('of which nobody knows anything stays HTTP', async () => {
    const { port } = await serve(async () => answer('plain'));

    const heard = await exchange(
      port,
      'GET / HTTP/1.1\r\nHost: h\r\nConnection: Upgrade, close\r\nUpgrade: h2c\r\n\r\n',
    );

    expect(heard).toMatch(/^HTTP\/1\.1 200 .*plain$/s);
  });

  test('whose client resets it does no harm while the handler is at it', async () => {
    const asked = Promise.withResolvers<void>();
    const free = Promise.withResolvers<void>();
    const { port } = await serve(async (request) => {
      asked.resolve();
      await free.promise;
      return shouting(request);
    });

    const { socket } = await talk(port, UPGRADE);
    await asked.promise;
    socket.resetAndDestroy();
    await once(socket, 'close');
    free.resolve();

    const next = await talk(port, UPGRADE);
    await expect.poll(next.heard).toContain('HELLO');
    next.socket.destroy();
  });

  test('is cut when it does not end by itself after the host is closed', async () => {
    const listening = await listen(shouting, { port: 0, host: '127.0.0.1' });
    const { socket, heard } = await talk(listening.port, UPGRADE);
    await expect.poll(heard).toContain('HELLO');

    await listening.close();

    expect(listening.server.listening).toBe(false);
    socket.destroy();
  });

  test('keeps its place in a Service until it is closed, and is cut after timeoutSeconds', async () => {
    const limits = { timeoutSeconds: 1, responseStartTimeoutSeconds: 1, containerConcurrency: 1 };
    const within = withinLimits(limits, shouting);
    const { port } = await serve((request) => within(new Request(request.url, request)));
    const first = await talk(port, UPGRADE);
    const cut = once(first.socket, 'close');
    await expect.poll(first.heard).toContain('HELLO');

    const second = await talk(port, UPGRADE);
    await cut;

    await expect.poll(second.heard).toMatch(/HELLO|504/);
    second.socket.destroy();
  });
});
