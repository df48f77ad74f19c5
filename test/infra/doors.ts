import { spawn, spawnSync } from 'node:child_process';
import { chmodSync, cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { onTestFinished } from 'vitest';

const ROOT = join(import.meta.dirname, '../..');

const PSQL = 'psql';

/** Why the scripts cannot be tried here; undefined when they can. */
export const noPsql = spawnSync(PSQL, ['--version']).status === 0 ? undefined : 'psql is not installed here';

export type Outcome = { code: number | null; stdout: string; stderr: string };
type Environment = Record<string, string>;

/** Runs a program with only the given environment (and PATH) and waits for its end. */
export async function run(command: string, args: string[], env: Environment, cwd = ROOT): Promise<Outcome> {
  const { PATH, HOME } = process.env;
  const child = spawn(command, args, { cwd, env: { PATH, HOME, ...env } });
  const outcome = { stdout: '', stderr: '' };
  child.stdout.on('data', (chunk) => {
    outcome.stdout += chunk;
  });
  child.stderr.on('data', (chunk) => {
    outcome.stderr += chunk;
  });
  const code = await new Promise<number | null>((resolve) => child.on('close', resolve));
  return { code, ...outcome };
}

/** A copy of the scripts with the repository's migrations, or with those given: `{ '000001_a': 'up sql' }`. */
export function scripts(steps?: Record<string, string>): { folder: string; door: (name: string) => string } {
  const root = mkdtempSync(join(tmpdir(), 'kubescribe-infra-'));
  onTestFinished(() => rmSync(root, { recursive: true, force: true }));
  cpSync(join(ROOT, 'infra'), join(root, 'infra'), { recursive: true });
  const folder = join(root, 'migrations/runlog');
  mkdirSync(folder, { recursive: true });
  if (!steps) cpSync(join(ROOT, 'migrations/runlog'), folder, { recursive: true });
  for (const [title, sql] of Object.entries(steps ?? {})) writeSteps(folder, title, sql);
  return { folder, door: (name) => join(root, 'infra', name) };
}

function writeSteps(folder: string, title: string, sql: string): void {
  writeFileSync(join(folder, `${title}.up.sql`), sql);
  writeFileSync(join(folder, `${title}.down.sql`), '');
}

/**
 * Stands in for Docker: `docker exec -i rtmh_postgres psql …` runs psql here, against the server of `url`; any other
 * container is unknown to it. Returns the environment that puts it on PATH and what it was asked.
 */
export function fakeDocker(url: string): { env: Environment; asked: () => string[] } {
  const { hostname, port, password } = new URL(url);
  const bin = mkdtempSync(join(tmpdir(), 'kubescribe-docker-'));
  onTestFinished(() => rmSync(bin, { recursive: true, force: true }));
  const log = join(bin, 'asked');
  const docker = join(bin, 'docker');
  writeFileSync(
    docker,
    `#!/bin/sh
echo "$@" >> '${log}'
[ "$1 $2" = "exec -i" ] || exit 125
[ "$3" = rtmh_postgres ] || { echo "Error response from daemon: No such container: $3" >&2; exit 1; }
shift 3
PGHOST='${hostname}' PGPORT='${port}' PGPASSWORD='${password}' exec "$@"
`,
  );
  chmodSync(docker, 0o755);
  const env = { PATH: `${bin}${delimiter}${process.env.PATH}` };
  return { env, asked: () => readFileSync(log, 'utf8').trim().split('\n') };
}
