import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as wait } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { startPostgres } from '../local/postgres.ts';
import type { Ground } from './ground.ts';
import { startProgram } from './process.ts';
import { alternate, median, type Result, ratioOf } from './rounds.ts';

const SECOND = 1000;
const ROUNDS = 5;
/** After its start a program still collects garbage and ends idle connections. */
const SETTLE = 3 * SECOND;
const PEER = fileURLToPath(new URL('peers/hello.cjs', import.meta.url));
const PATH = '/usr/local/bin:/usr/bin:/bin';
const RUN = fileURLToPath(new URL('../local/run.ts', import.meta.url));

/** All memory of `make run ARGS=--no-demo` at rest: its process, PostgreSQL and every session. */
export async function idleMemory(ground: Ground): Promise<Result> {
  const taken = await alternate(
    ROUNDS,
    () => barePair(join(ground.folder, 'bare')),
    () => everything(join(ground.folder, 'everything')),
  );
  return {
    bench: 'idle-memory',
    ratio: ratioOf(taken, 'small'),
    of: 'bare node:http process + PostgreSQL without sessions',
    floor: null,
    aim: null,
    detail: `${median(taken.ours).toFixed(0)} MB in all (PSS), bare ${median(taken.peer).toFixed(0)} MB`,
  };
}

async function barePair(home: string): Promise<number> {
  const server = await startPostgres({ home, databases: [] });
  const hello = await startProgram(PEER, {});
  try {
    await wait(SETTLE);
    return megabytes(server.pid) + megabytes(hello.pid);
  } finally {
    await hello.stop();
    await server.stop();
  }
}

async function everything(home: string): Promise<number> {
  const child = spawn(process.execPath, [RUN, '--no-demo'], {
    env: { PATH, KUBESCRIBE_HOME: home, PORT: '0' },
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  const ended = once(child, 'exit');
  try {
    for await (const line of createInterface(child.stdout)) {
      if (line.includes('"event":"ready"')) break;
    }
    await wait(SETTLE);
    return megabytes(child.pid ?? 0);
  } finally {
    child.kill('SIGTERM');
    await ended;
  }
}

/** Of a process and all that it started; shared pages are split among those who share them. */
function megabytes(root: number): number {
  const parents = readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map((name) => [Number(name), parentOf(name)]);
  const tree = new Set([root]);
  for (let size = 0; size !== tree.size; ) {
    size = tree.size;
    for (const [pid = 0, parent = 0] of parents) if (tree.has(parent)) tree.add(pid);
  }
  return [...tree].reduce((sum, pid) => sum + pss(pid), 0);
}

function parentOf(pid: string): number {
  return Number(/^PPid:\s+(\d+)/m.exec(read(`/proc/${pid}/status`))?.[1] ?? 0);
}

function pss(pid: number): number {
  return Number(/^Pss:\s+(\d+)/m.exec(read(`/proc/${pid}/smaps_rollup`))?.[1] ?? 0) / 1024;
}

/** Empty when the process has ended meanwhile. */
function read(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return '';
  }
}
