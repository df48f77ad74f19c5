/** One life of the process that hosts the functions. */
import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import type { Act } from './act.ts';

export type Life = {
  /** Where it listens; undefined when it died before. */
  url: Promise<string | undefined>;
  state(): 'alive' | 'stopped' | 'dead';
  /** The points it passed, such as `claim:after:1`. */
  passed: string[];
  /** What it logged, and wrote to stderr. */
  complaints(): string;
  goOn(): void;
  /** Asks it to stop; resolves when it is gone. */
  end(): Promise<number | null>;
  kill(): Promise<void>;
};

const HOST = fileURLToPath(new URL('./host.ts', import.meta.url));

/** Begins a life with what it is to do to itself. */
export function begin(env: Record<string, string>, acts: readonly Act[]): Life {
  const child = spawn(process.execPath, [HOST, JSON.stringify(acts)], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { PATH: process.env.PATH, ...env },
  });
  const passed: string[] = [];
  let state: ReturnType<Life['state']> = 'alive';
  let said = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    said = (said + text).slice(-3000);
  });
  const ended = new Promise<number | null>((resolve) => {
    child.once('exit', (code) => {
      state = 'dead';
      resolve(code);
    });
  });
  const listening = new Promise<string>((resolve) => {
    createInterface({ input: child.stdout }).on('line', (line) => {
      const [word = '', what = ''] = [line.slice(0, line.indexOf(' ')), line.slice(line.indexOf(' ') + 1)];
      if (word === 'passed') passed.push(what);
      if (word === 'port') resolve(`http://127.0.0.1:${what}`);
      if (word === 'SIGSTOP') state = 'stopped';
      if (line.startsWith('{')) said = `${said}${line}\n`.slice(-3000);
    });
  });
  return {
    url: Promise.race([listening, ended.then(() => undefined)]),
    state: () => state,
    passed,
    complaints: () => said,
    goOn() {
      state = 'alive';
      child.kill('SIGCONT');
    },
    async end() {
      child.kill('SIGTERM');
      // One that stops itself in its very end goes on.
      const going = setInterval(() => child.kill('SIGCONT'), 100);
      return ended.finally(() => clearInterval(going));
    },
    async kill() {
      if (state !== 'dead') child.kill('SIGKILL');
      await ended;
    },
  };
}
