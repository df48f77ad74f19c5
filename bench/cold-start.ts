import { request } from 'node:http';
import { fileURLToPath } from 'node:url';
import type { Ground } from './ground.ts';
import { type Listening, startImage, startProgram } from './process.ts';
import { alternate, median, type Result, ratioOf } from './rounds.ts';

const ROUNDS = 15;
const PEER = fileURLToPath(new URL('peers/first-row.cjs', import.meta.url));

/** From the start of a process to the end of its first answer that holds a row. */
export async function coldStart(ground: Ground): Promise<Result> {
  const runlog = await ground.runlog();
  const image = await ground.image();
  const taken = await alternate(
    ROUNDS,
    () => firstAnswer(startProgram(PEER, { RUNLOG_DB_URL: runlog })),
    () => firstAnswer(startImage(image, 'list-runs', runlog)),
  );
  return {
    bench: 'cold-start',
    ratio: ratioOf(taken, 'small'),
    of: 'bare node:http + pg process to its first row',
    floor: 0.5,
    aim: 0.8,
    detail: `${median(taken.ours).toFixed(0)} ms, bare ${median(taken.peer).toFixed(0)} ms`,
  };
}

async function firstAnswer(starting: Promise<Listening>): Promise<number> {
  const program = await starting;
  try {
    await new Promise<void>((resolve, reject) => {
      const asked = request(
        { host: '127.0.0.1', port: program.port, path: '/runs', agent: false },
        (reply) => {
          if (reply.statusCode !== 200) reject(new Error(`The first answer was ${reply.statusCode}.`));
          reply.on('end', resolve).on('error', reject).resume();
        },
      );
      asked.on('error', reject).end();
    });
    return performance.now() - program.began;
  } finally {
    await program.stop();
  }
}
