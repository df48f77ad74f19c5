import { fileURLToPath } from 'node:url';
import type { Ground } from './ground.ts';
import { startImage, startProgram } from './process.ts';
import type { Result } from './rounds.ts';
import { compareThroughput } from './throughput.ts';

const PEER = fileURLToPath(new URL('peers/list.cjs', import.meta.url));

/** The newest 50 of 1,000 runs, read from the database for each answer. */
export async function listThroughput(ground: Ground): Promise<Result> {
  const runlog = await ground.runlog();
  const peer = await startProgram(PEER, { RUNLOG_DB_URL: runlog });
  const ours = await startImage(await ground.image(), 'list-runs', runlog);
  try {
    const measured = await compareThroughput(
      { program: peer, path: '/runs' },
      { program: ours, path: '/runs?limit=50' },
    );
    const of = 'bare node:http + pg, the same query and columns';
    return { bench: 'list-throughput', of, floor: 0.8, aim: 1, ...measured };
  } finally {
    await Promise.all([peer.stop(), ours.stop()]);
  }
}
