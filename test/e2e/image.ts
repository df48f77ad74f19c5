import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { commandsBehind, succeeding } from './commands.ts';
import { Skip } from './tally.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const SECOND = 1000;
const ENGINES = ['docker', 'podman'];
const run = commandsBehind([]);

/** The image to be tried: the one that was named, else one that a container engine builds of this tree. */
export async function imageFor(named: string): Promise<string> {
  if (named !== '') return named;
  const engine = await engineHere();
  if (!engine)
    throw new Skip(
      `no image: E2E_IMAGE names none, and no container engine (${ENGINES.join(', ')}) answers that could build one`,
    );
  const image = `dev.local/kubescribe:e2e-${Date.now()}`;
  await shown(engine, ['build', '--tag', image, ROOT]);
  const context = await succeeding(run, 'kubectl', ['config', 'current-context']);
  const [, kind] = /^kind-(.+)$/.exec(context.trim()) ?? [];
  // Other clusters share the engine's images, or E2E_IMAGE names one that they can pull.
  if (kind) await shown('kind', ['load', 'docker-image', image, '--name', kind]);
  return image;
}

async function engineHere(): Promise<string | undefined> {
  for (const engine of ENGINES) {
    const { code } = await run(engine, ['info'], { patience: 20 * SECOND });
    if (code === 0) return engine;
  }
  return undefined;
}

function shown(program: string, args: string[]): Promise<void> {
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, { stdio: ['ignore', 'inherit', 'inherit'] });
    child.once('error', reject);
    child.once('close', (code) =>
      code === 0 ? resolve() : reject(new Error(`${program} ended with ${code}`)),
    );
  });
}
