import { type ChildProcess, spawn } from 'node:child_process';

const SECOND = 1000;
const PATIENCE = 60 * SECOND;
const MOST_SHOWN = 600;

type Said = { code: number | null; stdout: string; stderr: string };
type Options = { input?: string; patience?: number; env?: Record<string, string> };

/** Runs a program and resolves to what it said, however it ended. */
export type Run = (program: string, args: readonly string[], options?: Options) => Promise<Said>;

const going = new Set<ChildProcess>();

/** Ends the programs that run. */
export function endCommands(): void {
  for (const child of going) child.kill();
}

/** A program ended with something else than 0. */
class CommandFailed extends Error {}

/** Runs programs behind a prefix, such as `ip netns exec kube`. */
export function commandsBehind(prefix: readonly string[]): Run {
  return (program, args, { input = '', patience = PATIENCE, env } = {}) => {
    const [first = program, ...rest] = [...prefix, program, ...args];
    return new Promise((resolve) => {
      const child = spawn(first, rest, {
        stdio: 'pipe',
        signal: AbortSignal.timeout(patience),
        env: { ...process.env, ...env },
      });
      going.add(child);
      child.once('close', () => going.delete(child));
      const said: Said = { code: null, stdout: '', stderr: '' };
      child.stdout.setEncoding('utf8').on('data', (text: string) => {
        said.stdout += text;
      });
      child.stderr.setEncoding('utf8').on('data', (text: string) => {
        said.stderr += text;
      });
      // A program that reads nothing may be gone before it was told everything.
      child.stdin.on('error', () => {});
      child.stdin.end(input);
      child.once('error', (error) => {
        going.delete(child);
        resolve({ ...said, stderr: error.name === 'AbortError' ? 'no answer in time' : error.message });
      });
      child.once('close', (code) => resolve({ ...said, code }));
    });
  };
}

/** What a program said, when it ended well; throws a CommandFailed with its complaint otherwise. */
export async function succeeding(run: Run, program: string, args: readonly string[], options?: Options) {
  const { code, stdout, stderr } = await run(program, args, options);
  if (code === 0) return stdout;
  const complaint = (stderr.trim() || stdout.trim() || 'it ended without a word').slice(-MOST_SHOWN);
  throw new CommandFailed(`${program} ${args.slice(0, 4).join(' ')}: ${complaint}`);
}
