import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import type { Listening } from './process.ts';
import { alternate, median, type Result, ratioOf } from './rounds.ts';

const LOAD = fileURLToPath(new URL('load.ts', import.meta.url));
const ROUNDS = 9;
const CONNECTIONS = 16;
const MILLISECONDS = 1500;

type Side = { program: Listening; path: string };

/** Answers a second of two programs that are up, measured in turns. */
export async function compareThroughput(peer: Side, ours: Side): Promise<Pick<Result, 'ratio' | 'detail'>> {
  const taken = await alternate(
    ROUNDS,
    () => answersASecond(peer),
    () => answersASecond(ours),
  );
  const rate = (values: number[]) => Math.round(median(values)).toLocaleString('en');
  return {
    ratio: ratioOf(taken, 'large'),
    detail: `${rate(taken.ours)} answers/s, bare ${rate(taken.peer)}, ${CONNECTIONS} connections`,
  };
}

async function answersASecond({ program, path }: Side): Promise<number> {
  const args = [LOAD, String(program.port), path, String(CONNECTIONS), String(MILLISECONDS)];
  const { stdout } = await promisify(execFile)(process.execPath, args);
  return Number(stdout);
}
