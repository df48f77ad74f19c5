/** Every command that README.md prints is run as printed, against a whole KubeScribe. */
import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { parseArgs } from 'node:util';
import { test as base, expect } from 'vitest';
import { startDemo, wholeHome } from './local/whole.ts';

const SECOND = 1000;
const PATIENCE = { timeout: 120 * SECOND };
const ROOT = join(import.meta.dirname, '..');
const BIN = join(ROOT, 'node_modules/.bin');

/** What cannot be run inside of a test, and why. */
const ELSEWHERE: Record<string, string> = {
  'make run': 'the program itself: test/local/run.test.ts',
  'make check': 'contains this test',
  'make test': 'contains this test',
  'make bench': 'takes minutes and a quiet machine',
};

const test = base
  .extend('folder', { scope: 'file' }, wholeHome)
  .extend('demo', { scope: 'file' }, async ({ folder }, { onCleanup }) => {
    onCleanup(folder.end);
    return startDemo(folder);
  });

const readme = readFileSync(join(ROOT, 'README.md'), 'utf8');
const commands = [...readme.matchAll(/```bash\n(.*?)```/gs)]
  .flatMap(([, block = '']) => block.split('\n'))
  .map((line) => line.replace(/\s+# .*/, '').trim())
  .filter((line) => line !== '');

test.for(commands.filter((command) => !(command in ELSEWHERE)))('%s', PATIENCE, async (command, { demo }) => {
  const here = command.replaceAll('localhost:8080', new URL(demo.url).host);

  expect(await (here.startsWith('curl ') ? curl(here) : shell(here, demo.home))).toEqual({ failed: false });
});

test('nothing is excused that README.md does not print', () => {
  expect(Object.keys(ELSEWHERE).filter((command) => !commands.includes(command))).toEqual([]);
});

type Ended = { failed: boolean; said?: string };

/** `npx` would ask a registry for what is not installed; the program that it would find is run instead. */
function shell(command: string, home: string): Promise<Ended> {
  const child = spawn('sh', ['-c', command.replace(/^npx /, `${BIN}/`)], {
    cwd: ROOT,
    env: { PATH: `${BIN}${delimiter}${process.env.PATH}`, KUBESCRIBE_HOME: home },
  });
  let said = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => (said += chunk));
  return new Promise((resolve) =>
    child.on('close', (code) => resolve(code === 0 ? { failed: false } : { failed: true, said })),
  );
}

/** Not every machine that runs the tests has curl; the few options that README.md uses are those of fetch. */
async function curl(command: string): Promise<Ended> {
  const { values, positionals } = parseArgs({
    args: words(command).slice(1),
    allowPositionals: true,
    options: {
      silent: { type: 'boolean', short: 's' },
      request: { type: 'string', short: 'X' },
      header: { type: 'string', short: 'H', multiple: true },
      data: { type: 'string', short: 'd' },
    },
  });
  const headers = (values.header ?? []).map((line): [string, string] => {
    const [name = '', value = ''] = line.split(/:\s*/, 2);
    return [name, value];
  });
  const response = await fetch(`http://${positionals[0]}`, {
    method: values.request ?? 'GET',
    headers,
    ...(values.data !== undefined && { body: values.data }),
  });
  return response.ok ? { failed: false } : { failed: true, said: await response.text() };
}

/** Words as a shell splits them; what zsh would take for a pattern must be quoted. */
function words(command: string): string[] {
  return [...command.matchAll(/"([^"]*)"|'([^']*)'|(\S+)/g)].map(([, double, single, bare]) => {
    if (bare?.match(/[?*&]/)) throw new Error(`Quote ${bare}: a shell reads it otherwise.`);
    return double ?? single ?? bare ?? '';
  });
}
