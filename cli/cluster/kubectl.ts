/** The cluster, asked by the kubectl that is on PATH: its contexts, its sign-in and its kustomize are those of whoever asks. */
import { spawn } from 'node:child_process';
import { text } from 'node:stream/consumers';

/** kubectl ended badly; the message is its complaint. */
export class KubectlError extends Error {
  /** What it printed all the same: `auth can-i` says no so. */
  readonly said: string;
  constructor(message: string, about: { said?: string; cause?: unknown } = {}) {
    super(message, { cause: about.cause });
    this.said = about.said ?? '';
  }
}

/** Runs kubectl and resolves to what it printed. */
export async function kubectl(args: readonly string[], input = ''): Promise<string> {
  const child = spawn('kubectl', args, { stdio: 'pipe' });
  child.stdin.on('error', () => {}).end(input);
  const ended = new Promise<number | null>((resolve, reject) => {
    child.once('error', reject).once('close', resolve);
  });
  try {
    const [code, said, faults] = await Promise.all([ended, text(child.stdout), text(child.stderr)]);
    if (code === 0) return said;
    const why = faults.trim() || said.trim() || `it ended with ${code}`;
    throw new KubectlError(`kubectl ${args.slice(0, 2).join(' ')}: ${why}`, { said });
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'ENOENT')) throw error;
    throw new KubectlError('kubectl is not on PATH: install it, 1.34 or near it.', { cause: error });
  }
}

/** The same for commands that print JSON; nothing printed is undefined. */
export async function kubectlJson(args: readonly string[]): Promise<unknown> {
  const said = await kubectl([...args, '-o', 'json']);
  return said.trim() === '' ? undefined : JSON.parse(said);
}
