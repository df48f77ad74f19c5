import { fileURLToPath } from 'node:url';
import type { Ground } from './ground.ts';
import { startImage, startProgram } from './process.ts';
import type { Result } from './rounds.ts';
import { compareThroughput } from './throughput.ts';

const PEER = fileURLToPath(new URL('peers/hello.cjs', import.meta.url));

/** What the host itself costs: `/livez` of a function. */
export async function hostThroughput(ground: Ground): Promise<Result> {
  const peer = await startProgram(PEER, {});
  const ours = await startImage(await ground.image(), 'list-runs', await ground.runlog());
  try {
    const measured = await compareThroughput({ program: peer, path: '/' }, { program: ours, path: '/livez' });
    return { bench: 'host-throughput', of: 'bare node:http hello', floor: 0.5, aim: 0.8, ...measured };
  } finally {
    await Promise.all([peer.stop(), ours.stop()]);
  }
}
