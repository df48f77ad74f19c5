import { randomBytes } from 'node:crypto';
import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { dirname, join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { Account } from './postgres-account.ts';
import { type Child, launch } from './postgres-child.ts';
import { readPostmaster, stopOrphan, stopServer } from './postgres-orphan.ts';

const SECOND = 1000;
const START_LIMIT = 60 * SECOND;
const BUSY_LIMIT = 10 * SECOND;
const POLL = 10;

export const HOST = '127.0.0.1';
export const SUPERUSER = 'kubescribe';

/** Makes the data folder beside its place and moves it in whole: a start killed half-way leaves no half folder. */
export async function makeDataDir(
  dataDir: string,
  initdb: string,
  account: Account,
  fsync: boolean,
): Promise<void> {
  const draft = `${dataDir}.new-${process.pid}`;
  const secret = `${draft}.password`;
  mkdirSync(draft, { mode: 0o700 });
  writeFileSync(secret, `${randomBytes(18).toString('hex')}\n`, { mode: 0o600 });
  for (const path of [draft, secret]) account.own(path);
  const args = ['--pgdata', draft, '--username', SUPERUSER, '--pwfile', secret, '--auth=scram-sha-256'];
  // A random password needs no stretching, and each new connection would pay for it.
  args.push('--encoding=UTF8', '--no-locale', '-c', 'scram_iterations=16', ...(fsync ? [] : ['--no-sync']));
  const child = launch(account, initdb, args, `${dataDir}.log`);
  if ((await child.ended) !== 0) {
    for (const path of [draft, secret]) rmSync(path, { recursive: true, force: true });
    throw new Error(`PostgreSQL could not make ${dataDir}: ${child.reason()}`);
  }
  renameSync(secret, join(draft, 'kubescribe.password'));
  renameSync(draft, dataDir);
}

// Those of killed starts, whose initdb may still be busy for a second: that is why each start has its own.
function sweepDrafts(dataDir: string): void {
  for (const name of readdirSync(dirname(dataDir)).filter((name) => name.startsWith('postgres.new-'))) {
    rmSync(join(dirname(dataDir), name), { recursive: true, force: true, maxRetries: 3 });
  }
}

export type Server = { port: number; pid: number; stop: () => Promise<void>; crash: () => Promise<void> };

/** Starts the server and waits until it takes connections, recovery after a crash included. */
export async function serve(
  dataDir: string,
  postgres: string,
  account: Account,
  wanted: { port: number; settings: Record<string, string> },
): Promise<Server> {
  sweepDrafts(dataDir);
  const giveUp = performance.now() + BUSY_LIMIT;
  for (let last = lastPort(dataDir); ; last = 0) {
    const port = wanted.port || (await freePort(last));
    const settings = Object.entries(wanted.settings).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
    const child = launch(
      account,
      postgres,
      ['-D', dataDir, '-p', String(port), ...settings],
      `${dataDir}.log`,
    );
    if (await becomesReady(child, dataDir)) {
      child.release();
      const end = (signal: 'SIGINT' | 'SIGQUIT') => stopServer(child.pid, child.isAlive, signal);
      return { port, pid: child.pid, stop: () => end('SIGINT'), crash: () => end('SIGQUIT') };
    }
    const reason = child.reason();
    // Sessions of a killed server end within moments; another program may have taken the port since we looked; and a
    // start killed a moment ago may have left a server that had not written its pid when we looked for one.
    const lateOrphan =
      /lock file .* already exists/.test(reason) && (await stopOrphan(dataDir)) !== undefined;
    const takenPort = wanted.port === 0 && /Address already in use/.test(reason);
    // A session that aborts without its postmaster may leave the file of a staging table; the next recovery removes it.
    const halfRemoved = /could not create file .* File exists/.test(reason);
    const passes = lateOrphan || takenPort || halfRemoved || /still in use/.test(reason);
    if (!passes || performance.now() > giveUp) {
      throw new Error(`PostgreSQL did not start on ${dataDir}: ${reason} (more in ${dataDir}.log)`);
    }
    await delay(POLL * 10);
  }
}

async function becomesReady(child: Child, dataDir: string): Promise<boolean> {
  const until = performance.now() + START_LIMIT;
  while (child.isAlive()) {
    const postmaster = readPostmaster(dataDir);
    if (postmaster?.pid === child.pid && postmaster.ready) return true;
    if (performance.now() > until) {
      await stopServer(child.pid, child.isAlive);
      throw new Error(
        `PostgreSQL on ${dataDir} was not ready after ${START_LIMIT / SECOND} s: see ${dataDir}.log`,
      );
    }
    await delay(POLL);
  }
  return false;
}

function lastPort(dataDir: string): number {
  try {
    return Number(/"-p" "(\d+)"/.exec(readFileSync(join(dataDir, 'postmaster.opts'), 'utf8'))?.[1] ?? 0);
  } catch {
    return 0;
  }
}

function freePort(preferred: number): Promise<number> {
  return new Promise((resolve, reject) => {
    const probe = createServer();
    probe.once('error', (error) => (preferred ? freePort(0).then(resolve, reject) : reject(error)));
    probe.listen(preferred, HOST, () => {
      const address = probe.address();
      probe.close(() => resolve(address && typeof address === 'object' ? address.port : 0));
    });
  });
}
