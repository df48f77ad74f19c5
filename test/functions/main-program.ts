import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import * as z from 'zod';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const Listening = z.object({ msg: z.literal('listening'), port: z.int() });

type Ended = { code: number | null; stderr: string; stdout: string };

export type Program = {
  process: ChildProcess;
  /** Resolves once the program listens. */
  url: Promise<string>;
  ended: Promise<Ended>;
};

/** Runs `main.ts` as the image does, with this environment and no other. */
export function runMain(env: Record<string, string>): Program {
  const child = spawn(process.execPath, ['main.ts'], { cwd: ROOT, env, stdio: ['ignore', 'pipe', 'pipe'] });
  let stderr = '';
  let stdout = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    stderr += text;
  });
  const ended = once(child, 'close').then(([code]): Ended => ({ code, stderr, stdout }));
  const url = new Promise<string>((resolve, reject) => {
    createInterface(child.stdout).on('line', (line) => {
      stdout += `${line}\n`;
      const listening = Listening.safeParse(JSON.parse(line));
      if (listening.success) resolve(`http://127.0.0.1:${listening.data.port}`);
    });
    void ended.then(() => reject(new Error(`main.ts ended: ${stderr}`)));
  });
  url.catch(() => {});
  return { process: child, url, ended };
}
