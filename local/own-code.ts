import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

const SECOND = 1000;
const ROOT = new URL('..', import.meta.url);

/** Which commit the files of this tree are of, and whether they differ from it; `unknown` without git. */
export async function ownCode(): Promise<string> {
  const words = ['describe', '--always', '--dirty', '--abbrev=12', '--exclude=*'];
  const asked = promisify(execFile)('git', words, { cwd: ROOT, timeout: 5 * SECOND });
  return asked.then(
    ({ stdout }) => stdout.trim() || 'unknown',
    () => 'unknown',
  );
}
