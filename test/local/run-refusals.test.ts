/** What `make run` says when it cannot start: one message, no stack, exit code 1. */
import { writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { expect, onTestFinished } from 'vitest';
import { test as base } from '../setup/fixtures.ts';
import { wholeHome } from './whole.ts';

const SECOND = 1000;
const PATIENCE = { timeout: 90 * SECOND };
const DEFAULT_PORT = 8080;

const test = base.extend('folder', ({ onTestFinished }) => {
  const folder = wholeHome();
  onTestFinished(folder.end);
  return folder;
});

type Folder = ReturnType<typeof wholeHome>;

/** Starts what cannot start; resolves to what it says. */
async function refusal(folder: Folder, env: Record<string, string>, args: string[] = []): Promise<string> {
  const program = folder.launch(['--no-demo', ...args], env);
  expect(await program.ready).toBeUndefined();
  expect(await program.ended).toBe(1);
  expect(program.lines).toEqual([]);
  return program.complaints();
}

/** Occupies a port; whoever has it already does as well. */
async function occupy(port: number): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => {
    server.once('error', () => resolve());
    server.listen(port, '127.0.0.1', resolve);
  });
  onTestFinished(() => void server.close());
  const address = server.address();
  return address && typeof address === 'object' ? address.port : port;
}

const somePassword = 'pw-that-nobody-may-see';

function withPassword(url: string, password: string): string {
  const changed = new URL(url);
  changed.password = password;
  return changed.href;
}

test('a busy port that was asked for', PATIENCE, async ({ folder }) => {
  const port = await occupy(0);

  expect(await refusal(folder, { PORT: String(port) })).toBe(
    `PORT=${port} is already in use. Choose another, or PORT=0 for any free one.\n`,
  );
});

test(
  'a busy default port is none: it moves on, with a note',
  PATIENCE,
  async ({ folder, prod, report, runlog }) => {
    await occupy(DEFAULT_PORT);
    const databases = { PROD_DB_URL: prod, REPORT_DB_URL: report, RUNLOG_DB_URL: runlog };

    const { url, program } = await folder.start(['--no-demo'], { ...databases, PORT: '' });
    await program.stop();

    const { port } = new URL(url);
    expect(Number(port)).not.toBe(DEFAULT_PORT);
    expect(program.lines.join('\n')).toContain(`port ${DEFAULT_PORT} is busy: using ${port}`);
  },
);

test.for(['RUNLOG_DB_URL', 'PROD_DB_URL', 'REPORT_DB_URL'])(
  '%s where nothing answers',
  PATIENCE,
  async (variable, { folder }) => {
    const said = await refusal(folder, {
      [variable]: `postgresql://me:${somePassword}@127.0.0.1:1/somewhere`,
    });

    expect(said).toMatch(/^Cannot connect to 127\.0\.0\.1:1\/somewhere: .*ECONNREFUSED.*\n$/);
    expect(said).not.toContain(somePassword);
  },
);

test('a wrong password', PATIENCE, async ({ folder, runlog }) => {
  const said = await refusal(folder, { RUNLOG_DB_URL: withPassword(runlog, somePassword) });

  expect(said).toMatch(
    /^Cannot connect to 127\.0\.0\.1:\d+\/.*: password authentication failed for user .*\n$/,
  );
  expect(said).not.toContain(somePassword);
});

test('settings that are none', PATIENCE, async ({ folder }) => {
  const said = await refusal(folder, { PORT: '123456', SMTP_URL: 'mail.example.com' });

  expect(said).toMatch(/^Wrong settings: PORT .*; SMTP_URL is no SMTP URL .*\n$/);
});

test('a data folder that cannot be', PATIENCE, async ({ folder }) => {
  const file = join(folder.home, 'file');
  writeFileSync(file, '');

  expect(await refusal(folder, { KUBESCRIBE_HOME: join(file, 'data') })).toBe(
    `The data folder ${file}/data cannot be made (ENOTDIR). Set KUBESCRIBE_HOME to another.\n`,
  );
});

test('a broken manifest, by file and line', PATIENCE, async ({ folder }) => {
  const trigger =
    'apiVersion: eventing.knative.dev/v1\nkind: Trigger\nmetadata: {name: one, namespace: two}\n';
  writeFileSync(join(folder.home, 'one.yaml'), `${trigger}spec:\n  broker: nobody\n`);

  const said = await refusal(folder, {}, ['--manifests', folder.home]);

  expect(said).toContain(`${folder.home}/one.yaml:`);
  expect(said).not.toMatch(/^\s+at /m);
});

test.for<[string, string, string]>([
  ['that is no TypeScript', '\nexport default 3 3', ':2 cannot be read: Expected'],
  ['that throws', '\n\nthrow new Error("no such luck")', ':3 cannot be read: no such luck'],
  ['that defines nothing', 'export const pipeline = 1', ' must have "export default pipeline(NAME, { … })"'],
  [
    'that imports what is not there',
    'import "nothing-here"',
    " cannot be read: Cannot find package 'nothing-here'",
  ],
])('a pipeline file %s', PATIENCE, async ([, text, why], { folder }) => {
  writeFileSync(join(folder.home, 'broken.ts'), text);

  const said = await refusal(folder, { KUBESCRIBE_PIPELINES: folder.home });

  expect(said).toContain(`${folder.home}/broken.ts${why}`);
  expect(said.trim().split('\n')).toHaveLength(1);
});

test('an option that it does not know', PATIENCE, async ({ folder }) => {
  expect(await refusal(folder, {}, ['--frehs'])).toMatch(/^Unknown option '--frehs'.*\n$/);
});
