import { expect, test } from 'vitest';
import { deadLetter } from './answers.ts';
import { folder, kubescribe, nowhere, serve } from './command.ts';

test('an event leaves in binary mode with its attributes and data', async () => {
  const { url, asked } = await serve(() => ({ status: 202 }));

  const { code, stdout } = await kubescribe([
    ...[
      'event',
      'send',
      'dev.knative.sources.ping',
      '--to',
      `${url}/default`,
      '--id',
      'e-1',
      '--subject',
      's',
    ],
    ...[
      '--source',
      '/me',
      '--extension',
      'tick=minute',
      '--extension',
      'depth=2',
      '--data',
      '{"pipeline":"ü"}',
    ],
  ]);

  expect(code).toBe(0);
  expect(stdout).toBe(`Sent dev.knative.sources.ping as e-1 to ${url}/default: 202\n`);
  expect(asked).toHaveLength(1);
  expect(asked[0]).toMatchObject({
    method: 'POST',
    url: '/default',
    body: '{"pipeline":"ü"}',
    headers: {
      'content-type': 'application/json',
      'ce-specversion': '1.0',
      'ce-id': 'e-1',
      'ce-type': 'dev.knative.sources.ping',
      'ce-source': '/me',
      'ce-subject': 's',
      'ce-tick': 'minute',
      'ce-depth': '2',
    },
  });
});

test('the Broker is K_SINK, else that of make run; each event has an id of its own', async () => {
  const [sink, local] = await Promise.all([serve(() => ({ status: 202 })), serve(() => ({ status: 202 }))]);
  const home = folder({ 'local.json': JSON.stringify({ url: 'http://localhost:1', broker: local.url }) });

  const first = await kubescribe(['event', 'send', 'dev.x', '-o', 'json'], {
    env: { KUBESCRIBE_HOME: home },
  });
  await kubescribe(['event', 'send', 'dev.x'], { env: { KUBESCRIBE_HOME: home, K_SINK: sink.url } });

  expect(JSON.parse(first.stdout)).toEqual({
    id: local.asked[0]?.headers['ce-id'],
    type: 'dev.x',
    source: '/kubescribe/cli',
    subject: null,
    to: local.url,
    status: 202,
  });
  expect(sink.asked[0]?.headers['ce-id']).not.toBe(local.asked[0]?.headers['ce-id']);
  expect(local.asked[0]).toMatchObject({ body: '' });
});

test.each([
  { reply: { status: 404 }, says: '404: it knows no such Broker.' },
  { reply: { status: 400, text: 'no event\u001b[2J' }, says: '400: no event\\x1b[2J.' },
])('a Broker that refuses is told: $says', async ({ reply, says }) => {
  const { url } = await serve(() => reply);

  const { code, stderr } = await kubescribe(['event', 'send', 'dev.x', '--to', url]);

  expect(code).toBe(1);
  expect(stderr).toBe(`error: ${url} refused the event with ${says}\n`);
});

test('a Broker that is away is said in one sentence', async () => {
  const to = `http://${await nowhere()}`;

  const { code, stderr } = await kubescribe(['event', 'send', 'dev.x', '--to', to]);

  expect(code).toBe(1);
  expect(stderr).toBe(
    `error: No Broker answers at ${to} (ECONNREFUSED): start it with \`make run\`, or name it with --to.\n`,
  );
});

test('dead letters are listed, and one is shown with its attributes and data', async () => {
  const { url, asked } = await serve(({ url }) => ({
    json: url.includes('?') ? [deadLetter()] : deadLetter(),
  }));

  const list = await kubescribe(['dead-letters', '--limit', '5', '--url', url]);
  const one = await kubescribe(['dead-letters', '7', '--url', url]);
  const json = await kubescribe(['dead-letters', '7', '--url', url, '-o', 'json']);

  expect(list.stdout).toMatch(
    /^ 7 {2}2026-11-21 08:00:00Z +1 {2}dev\.kubescribe\.run\.requested .* 422 +no +Poison event$/m,
  );
  expect(one.stdout).toMatch(/^refused by +http:\/\/run-pipeline$/m);
  expect(one.stdout).toMatch(/^seen +once, at 2026-11-21 08:00:00Z$/m);
  expect(one.stdout).toContain('data\n{\n  "checkpoint": 0\n}\n');
  expect(JSON.parse(json.stdout)).toEqual(deadLetter());
  expect(asked.map((request) => request.url)).toEqual([
    '/dead-letters?limit=5',
    '/dead-letters/7',
    '/dead-letters/7',
  ]);
});
