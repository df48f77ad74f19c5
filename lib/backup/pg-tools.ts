/** PostgreSQL's own programs, where they are installed and not older than the server. */
import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { environmentWith } from '../config.ts';
import { redact } from '../logs/redact.ts';

const LAST_WORDS = 2000;

type Tool = 'pg_dump' | 'pg_restore';
type Found = { path: string; version: string; major: number };

/** Where distributions put several versions side by side. */
const FOLDERS: readonly [folder: string, name: RegExp][] = [
  ['/usr/lib/postgresql', /^\d+$/],
  ['/usr', /^pgsql-\d+$/],
  ['/opt/homebrew/opt', /^(libpq|postgresql@\d+)$/],
  ['/usr/local/opt', /^(libpq|postgresql@\d+)$/],
];

/** The first that is as new as the server; says what was found and how to get what is needed when there is none. */
export async function findTool(tool: Tool, server: string): Promise<string> {
  const needed = Number.parseInt(server, 10);
  const found: Found[] = [];
  for (const path of [tool, ...elsewhere(tool)]) {
    const one = await versionOf(path);
    if (one && one.major >= needed) return path;
    if (one) found.push(one);
  }
  const there = found.map(({ path, version }) => `${path} ${version}`).join(', ') || 'none';
  throw new Error(
    `The server is PostgreSQL ${server}: ${tool} ${needed} or newer is needed, found: ${there}. ` +
      `Install PostgreSQL's client programs ${needed} (Debian: postgresql-client-${needed}, from PostgreSQL's own repository), ` +
      'or leave "--by pg_dump" away: KubeScribe\'s own dump needs no program.',
  );
}

const elsewhere = (tool: Tool) =>
  FOLDERS.flatMap(([folder, name]) =>
    namesIn(folder)
      .filter((one) => name.test(one))
      .sort((a, b) => Number.parseInt(b.replace(/\D+/, ''), 10) - Number.parseInt(a.replace(/\D+/, ''), 10))
      .map((one) => join(folder, one, 'bin', tool)),
  );

function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}

async function versionOf(path: string): Promise<Found | undefined> {
  try {
    const { stdout } = await promisify(execFile)(path, ['--version']);
    const [, version = ''] = /(\d+(?:\.\d+)*)/.exec(stdout) ?? [];
    return { path, version, major: Number.parseInt(version, 10) };
  } catch {
    return undefined;
  }
}

/** Runs one; the password goes by the environment, for everybody on the machine sees the words of a command. */
export async function runTool(
  path: string,
  args: readonly string[],
  url: string,
  signal: AbortSignal,
): Promise<void> {
  const { place, password } = withoutPassword(url);
  const child = spawn(path, ['--no-password', `--dbname=${place}`, ...args], {
    env: environmentWith(password === undefined ? {} : { PGPASSWORD: password }),
    stdio: ['ignore', 'ignore', 'pipe'],
    signal,
  });
  let said = '';
  child.stderr.on('data', (chunk) => {
    said = (said + chunk).slice(-LAST_WORDS);
  });
  const [code] = await once(child, 'close');
  if (code !== 0) throw new Error(`${path} ended with ${code}: ${redact(said.trim())}`);
}

/** A URL that may be seen, and its password. */
function withoutPassword(url: string): { place: string; password: string | undefined } {
  const place = new URL(url);
  const password = place.searchParams.get('password') ?? (decodeURIComponent(place.password) || undefined);
  place.password = '';
  place.searchParams.delete('password');
  return { place: place.href, password };
}
