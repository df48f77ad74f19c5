import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';

const SECOND = 1000;
const STOP_LIMIT = 4 * SECOND;
const POLL = 10;
const NO_PID = 2 ** 31 - 1;

export type Postmaster = { pid: number; ready: boolean };

/** What the server of this data folder wrote about itself, if there is or was one. */
export function readPostmaster(dataDir: string): Postmaster | undefined {
  const lines = readOrEmpty(join(dataDir, 'postmaster.pid')).split('\n');
  const pid = Number(lines[0]);
  return pid > 0 ? { pid, ready: lines[7]?.trim() === 'ready' } : undefined;
}

/** Notes this process as the one that uses the data folder. */
export function markOwner(dataDir: string): void {
  writeFileSync(join(dataDir, 'kubescribe.owner'), `${process.pid} ${birthOf(process.pid)}\n`, {
    mode: 0o600,
  });
}

/** Stops a server that outlived its KubeScribe; refuses while that KubeScribe lives. Says what it stopped. */
export async function stopOrphan(dataDir: string): Promise<number | undefined> {
  const postmaster = readPostmaster(dataDir);
  if (!postmaster) return undefined;
  if (!isServerOf(postmaster.pid, dataDir)) {
    disownPid(dataDir, postmaster.pid);
    return undefined;
  }
  const [owner, birth] = readOrEmpty(join(dataDir, 'kubescribe.owner')).trim().split(' ');
  if (owner && birth === birthOf(Number(owner)) && Number(owner) !== process.pid) {
    throw new Error(
      `${dataDir} is in use by KubeScribe process ${owner}. Stop it, or set KUBESCRIBE_HOME to another folder.`,
    );
  }
  await stopServer(postmaster.pid, () => isServerOf(postmaster.pid, dataDir));
  return postmaster.pid;
}

/** Stops a server: by SIGINT sessions are cut at once and data is flushed; harder when it does not listen. */
export async function stopServer(
  pid: number,
  isAlive: () => boolean,
  first: 'SIGINT' | 'SIGQUIT' = 'SIGINT',
): Promise<void> {
  for (const signal of [first, 'SIGQUIT', 'SIGKILL'] as const) {
    if (!isAlive() || !signalled(pid, signal) || (await isGone(isAlive, STOP_LIMIT))) return;
  }
  throw new Error(`PostgreSQL (process ${pid}) cannot be stopped: end it by hand.`);
}

function signalled(pid: number, signal: NodeJS.Signals): boolean {
  try {
    return process.kill(pid, signal);
  } catch {
    return false;
  }
}

async function isGone(isAlive: () => boolean, limit: number): Promise<boolean> {
  const until = performance.now() + limit;
  while (isAlive()) {
    if (performance.now() > until) return false;
    await delay(POLL);
  }
  return true;
}

// A pid alone proves nothing: numbers are recycled, and a zombie has one too. The command line names the folder.
function isServerOf(pid: number, dataDir: string): boolean {
  const words = existsSync('/proc/self/cmdline')
    ? readOrEmpty(`/proc/${pid}/cmdline`).split('\0')
    : psOf(pid, 'command').split(' ');
  return /postgres$/.test(words[0] ?? '') && words.includes(dataDir);
}

// PostgreSQL refuses to start while any process has that pid. Its own check for surviving sessions, which needs
// the rest of the file, still has to happen: so the pid is replaced by one that cannot be, not the file removed.
function disownPid(dataDir: string, pid: number): void {
  const file = join(dataDir, 'postmaster.pid');
  const noted = readOrEmpty(file);
  // A server that ended in this moment took it away; PostgreSQL would not start beside an empty one.
  if (noted !== '') writeFileSync(file, noted.replace(String(pid), String(NO_PID)));
}

/** An instant that tells a process from a later one with the same pid. */
function birthOf(pid: number): string | undefined {
  if (!existsSync('/proc/self/stat')) return psOf(pid, 'lstart').trim().replaceAll(' ', '_') || undefined;
  const fields = readOrEmpty(`/proc/${pid}/stat`).split(') ').pop()?.split(' ') ?? [];
  return fields[0] === 'Z' ? undefined : fields[19];
}

function psOf(pid: number, column: string): string {
  try {
    return execFileSync('ps', ['-o', `${column}=`, '-p', String(pid)], { encoding: 'utf8' });
  } catch {
    return '';
  }
}

function readOrEmpty(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return '';
  }
}
