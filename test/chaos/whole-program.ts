/** `make run` as somebody starts it: a process group that can be killed whole, and what it says when it is ready. */
import { type ChildProcess, spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import * as z from 'zod';

const Ready = z.object({
  event: z.literal('ready'),
  url: z.string(),
  broker: z.string(),
  mail: z.string(),
  databases: z.object({ prod: z.string(), report: z.string(), runlog: z.string() }),
});
export type Ready = z.infer<typeof Ready>;

type Environment = Record<string, string | undefined>;

export type Program = {
  /** Resolves when it takes requests; undefined when it ended before. */
  ready: Promise<Ready | undefined>;
  ended: Promise<number | null>;
  /** Kills every process of the group at once, PostgreSQL too when asked. */
  kill(withPostgres: boolean): Promise<void>;
  /** Asks it to stop; resolves to its exit code. */
  stop(): Promise<number | null>;
  /** What it wrote to stdout, line by line. */
  lines: string[];
  /** The last lines that it wrote to stderr. */
  complaints(): string;
};

const START = fileURLToPath(new URL('../../local/run.ts', import.meta.url));

/** Starts everything on a data folder; `env` is added to the little that it is given. */
export function startWhole(home: string, args: string[] = [], env: Environment = {}): Program {
  const child = spawn(process.execPath, [START, ...args], {
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { PATH: process.env.PATH, HOME: process.env.HOME, KUBESCRIBE_HOME: home, PORT: '0', ...env },
  });
  const ended = new Promise<number | null>((resolve) => child.once('close', (code) => resolve(code)));
  const lines: string[] = [];
  let said = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    said = (said + text).slice(-4000);
  });
  return {
    ready: Promise.race([readyLine(child, lines), ended.then(() => undefined)]),
    ended,
    async kill(withPostgres) {
      const postgres = withPostgres ? postmaster(home) : undefined;
      signal(-child.pid!, 'SIGKILL');
      if (postgres) signal(postgres, 'SIGKILL');
      await ended;
    },
    async stop() {
      child.kill('SIGTERM');
      return ended;
    },
    lines,
    complaints: () => said,
  };
}

function readyLine(child: ChildProcess, lines: string[]): Promise<Ready> {
  return new Promise((resolve) => {
    createInterface({ input: child.stdout! }).on('line', (line) => {
      lines.push(line);
      const said = Ready.safeParse(parsed(line));
      if (said.success) resolve(said.data);
    });
  });
}

function parsed(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return undefined;
  }
}

function postmaster(home: string): number | undefined {
  try {
    return Number(readFileSync(join(home, 'postgres', 'postmaster.pid'), 'utf8').split('\n')[0]);
  } catch {
    return undefined;
  }
}

function signal(pid: number, name: NodeJS.Signals): void {
  try {
    process.kill(pid, name);
  } catch {
    // It was gone already.
  }
}
