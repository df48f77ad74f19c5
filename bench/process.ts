import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { NODE_FLAGS } from '../bundle.ts';

const ROOT = fileURLToPath(new URL('..', import.meta.url));

export type Listening = {
  pid: number;
  port: number;
  /** When it was asked to start, by performance.now(). */
  began: number;
  stop(): Promise<void>;
};

/** Starts a Node program that logs `{"msg":"listening","port":…}`, with this environment and no other. */
export async function startProgram(
  file: string,
  env: Record<string, string>,
  flags: readonly string[] = [],
): Promise<Listening> {
  const began = performance.now();
  const child = spawn(process.execPath, [...flags, file], {
    cwd: ROOT,
    env,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const ended = once(child, 'exit');
  const port = await Promise.race([portOf(child), ended.then(() => undefined)]);
  if (port === undefined || child.pid === undefined) throw new Error(`${file} ended before it listened.`);
  child.stdout?.resume();
  return {
    pid: child.pid,
    port,
    began,
    async stop() {
      child.kill('SIGTERM');
      await ended;
    },
  };
}

/** Our own program as the image starts it. */
export function startImage(image: string, target: string, runlog: string): Promise<Listening> {
  const env = {
    FUNCTION_TARGET: target,
    PORT: '0',
    RUNLOG_DB_URL: runlog,
    NODE_COMPILE_CACHE: `${image}/cache`,
  };
  return startProgram(`${image}/host/main.js`, env, NODE_FLAGS);
}

async function portOf(child: ChildProcess): Promise<number | undefined> {
  if (!child.stdout) return undefined;
  for await (const line of createInterface(child.stdout)) {
    const said: { msg?: unknown; port?: unknown } = JSON.parse(line);
    if (said.msg === 'listening' && typeof said.port === 'number') return said.port;
  }
  return undefined;
}
