import { spawn } from 'node:child_process';
import { closeSync, openSync, readFileSync, statSync } from 'node:fs';
import type { Account } from './postgres-account.ts';

const LOG_LIMIT = 10 * 2 ** 20;
// Nothing of the caller's environment reaches the server, above all no secret and no PG* variable.
const ENVIRONMENT = { PATH: '/usr/bin:/bin:/usr/sbin:/sbin', LC_ALL: 'C', TZ: 'UTC' };

export type Child = {
  pid: number;
  /** The exit code; null when it did not start or was killed. */
  ended: Promise<number | null>;
  isAlive: () => boolean;
  /** What it said about its failure. */
  reason: () => string;
  /** Lets this process end while the child lives. */
  release: () => void;
};

/**
 * Starts a program of PostgreSQL that outlives us if need be. Holding our pipes it would hang whoever reads them after
 * we are killed: it writes to a file instead. Its own process group keeps Ctrl-C from it until we have finished.
 */
export function launch(account: Account, program: string, args: string[], logFile: string): Child {
  const size = statSync(logFile, { throwIfNoEntry: false })?.size ?? 0;
  const start = size > LOG_LIMIT ? 0 : size;
  const fd = openSync(logFile, start === 0 ? 'w' : 'a', 0o600);
  const { file, args: words, ...ids } = account.command(program, args);
  const child = spawn(file, words, {
    ...ids,
    cwd: '/',
    detached: true,
    env: ENVIRONMENT,
    stdio: ['ignore', fd, fd],
  });
  closeSync(fd);
  let failure: string | undefined;
  const ended = new Promise<number | null>((resolve) => {
    child.once('exit', resolve);
    child.once('error', (error) => {
      failure = error.message;
      resolve(null);
    });
  });
  const isAlive = () => child.pid !== undefined && child.exitCode === null && child.signalCode === null;
  const reason = () => failure ?? tellingLines(readFileSync(logFile, 'utf8').slice(start));
  return { pid: child.pid ?? 0, ended, isAlive, reason, release: () => child.unref() };
}

function tellingLines(output: string): string {
  const lines = output.split('\n').filter((line) => line.trim() !== '');
  const telling = lines.filter((line) => /(FATAL|PANIC|HINT|DETAIL|error):|could not bind/.test(line));
  const words = (telling.length > 0 ? telling : lines.slice(-1)).map((line) =>
    line.replace(/^.*? [A-Z]+: +/, ''),
  );
  return words.join(' ') || 'it ended without a word';
}
