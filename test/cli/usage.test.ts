import { join } from 'node:path';
import { expect, test } from 'vitest';
import { folder, kubescribe, nowhere, serve } from './command.ts';

const JSON_OUT = ['-o', 'json'];

test.each([
  { args: [], says: 'Usage: kubescribe' },
  { args: ['trggr'], says: 'Did you mean trigger?' },
  { args: ['runs', '--limit', '0'], says: 'Give a whole number from 1.' },
  { args: ['runs', '--status', 'BROKEN'], says: 'One of STARTED, SUCCESS' },
  { args: ['runs', '--trigger', 'magic'], says: 'cron, api, manual' },
  { args: ['runs', '--from', 'yesterday'], says: 'Give a time such as' },
  { args: ['runs', '-o', 'yaml'], says: 'table, json' },
  { args: ['runs', '--url', 'ftp://x'], says: 'http://' },
  { args: ['runs', '--url', 'http://user:word@x'], says: 'no user and no password' },
  { args: ['run', '../../events'], says: 'An id looks like' },
  { args: ['run'], says: "missing required argument 'id'" },
  { args: ['trigger', '--params', '{"days": '], says: 'It is no JSON' },
  { args: ['trigger', '--params', '[1]'], says: 'It must be a JSON object' },
  { args: ['trigger', '--timeout', '5'], says: '--timeout goes with --wait' },
  { args: ['trigger', '--wait', '--timeout', '-1'], says: 'seconds above 0' },
  { args: ['event', 'send'], says: "missing required argument 'type'" },
  { args: ['event', 'send', 'dev.x', '--data', '{'], says: 'It is no JSON' },
  { args: ['event', 'send', 'dev.x', '--extension', 'Tick=1'], says: 'Write name=value' },
  { args: ['event', 'send', 'dev.x', '--subject', 'Zürich'], says: 'plain ASCII' },
  { args: ['event', 'send', 'dev.x'], says: 'No Broker is known' },
  { args: ['dead-letters', 'x'], says: 'the number in the first column' },
  { args: ['dead-letters', '7', '--limit', '2'], says: '--limit is for the list' },
])('wrong use ends with 2 and a sentence: $args', async ({ args, says }) => {
  const { code, stdout, stderr } = await kubescribe(args);

  expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
  expect(stderr).toContain(says);
  expect(stderr).not.toMatch(/\n\s+at /);
});

test.each(['--help', 'help', 'trigger --help', 'help event', '--version'])(
  'what is asked for is no error: %s',
  async (line) => {
    const { code, stdout } = await kubescribe(line.split(' '));

    expect(code).toBe(0);
    expect(stdout).not.toBe('');
  },
);

test('wrong settings are named, without a stack trace', async () => {
  const { code, stderr } = await kubescribe(['runs'], { env: { PORT: 'many' } });

  expect(code).toBe(1);
  expect(stderr).toMatch(/^error: Wrong settings: PORT .*\n$/);
});

test('a server that does not answer is said in one sentence with what to do', async () => {
  const url = `http://${await nowhere()}`;

  const { code, stdout, stderr } = await kubescribe(['runs', '--url', url, ...JSON_OUT]);

  expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
  expect(stderr).toBe(
    `error: Nothing answers at ${url} (ECONNREFUSED): start it with \`make run\`, or say where it is with --url.\n`,
  );
});

test.each([
  { what: 'a page', reply: { text: '<html>' }, says: 'did not answer in JSON' },
  { what: 'an error page', reply: { status: 502, text: 'Bad' }, says: 'answered 502 Bad Gateway' },
  {
    what: 'another list',
    reply: { json: [{ run_id: 1 }] },
    says: 'in a shape that is not known here (at 0.run_id)',
  },
])('a server that is another is told by $what', async ({ reply, says }) => {
  const { url } = await serve(() => reply);

  const { code, stderr } = await kubescribe(['runs', '--url', url]);

  expect(code).toBe(1);
  expect(stderr).toContain(says);
});

test('the server is --url, else PUBLIC_URL, else what make run wrote down', async () => {
  const [given, set, local] = await Promise.all([serve(empty), serve(empty), serve(empty)]);
  const home = folder({ 'local.json': JSON.stringify({ url: `${local.url}/` }) });

  await kubescribe(['runs'], { env: { KUBESCRIBE_HOME: home } });
  await kubescribe(['runs'], { env: { KUBESCRIBE_HOME: home, PUBLIC_URL: set.url } });
  await kubescribe(['--url', given.url, 'runs'], { env: { KUBESCRIBE_HOME: home, PUBLIC_URL: set.url } });

  expect([local, set, given].map(({ asked }) => asked.map((request) => request.url))).toEqual(
    Array(3).fill(['/runs?limit=20']),
  );
});

test('a broken local.json counts as none', async () => {
  const home = folder({ 'local.json': '{"url":' });

  const { stderr } = await kubescribe(['event', 'send', 'dev.x'], { env: { KUBESCRIBE_HOME: home } });

  expect(stderr).toContain('No Broker is known');
});

test('it works from a folder below the project', async () => {
  const { url } = await serve(empty);

  const { code } = await kubescribe(['runs', '--url', url], {
    cwd: join(import.meta.dirname, '../../knative'),
  });

  expect(code).toBe(0);
});

function empty() {
  return { json: [] };
}
