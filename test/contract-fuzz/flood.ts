/** Many generated requests, several at once: what was answered wrong, how long it took, and what memory it left behind. */
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import fc from 'fast-check';
import { answerFaults } from '../setup/answer-faults.ts';
import { openDoors } from './open-doors.ts';
import { type Asked, requests } from './requests.ts';

const SECOND = 1000;
const MIB = 1024 * 1024;
const AT_ONCE = 8;
/** Requests that one seed makes: what a fault is found again by. */
const BATCH = 500;
const SLOWEST = 2 * SECOND;
/** What memory may grow by after the first fifth. */
const MOST_GROWTH = 64 * MIB;

export type Flood = {
  faults: string[];
  requests: number;
  byStatus: Record<number, number>;
  slowest: number;
  growth: number;
};

/** Asks `count` times. A batch's seed is the first one plus its number. */
export async function flood(
  urls: Parameters<typeof openDoors>[0],
  count: number,
  seed: number,
): Promise<Flood> {
  const doors = await openDoors(urls);
  const told: Flood = { faults: [], requests: 0, byStatus: {}, slowest: 0, growth: 0 };
  const arbitrary = requests(doors.known);
  const kinds = new Set<string>();
  let warm: number | undefined;
  const one = async (asked: Asked, batchSeed: number) => {
    const since = performance.now();
    const response = await doors.ask(asked);
    const took = performance.now() - since;
    const faults = await answerFaults({ ...asked, response });
    if (response.status === 500) faults.push('500');
    if (took > SLOWEST) faults.push(`took ${Math.round(took)} ms`);
    told.requests += 1;
    told.byStatus[response.status] = (told.byStatus[response.status] ?? 0) + 1;
    told.slowest = Math.max(told.slowest, took);
    const kind = `${asked.method} ${response.status} ${faults.join('; ').slice(0, 60)}`;
    if (faults.length === 0 || kinds.has(kind)) return;
    kinds.add(kind);
    told.faults.push(
      `seed ${batchSeed}: ${JSON.stringify(asked).slice(0, 400)}: ${faults.join('; ').slice(0, 400)}`,
    );
  };
  try {
    for (let batch = 0; told.requests < count; batch++) {
      const batchSeed = seed + batch;
      const waiting = fc.sample(arbitrary, {
        seed: batchSeed,
        numRuns: Math.min(BATCH, count - told.requests),
      });
      const next = waiting.values();
      const worker = async () => {
        for (const asked of next) await one(asked, batchSeed);
      };
      await Promise.all(Array.from({ length: AT_ONCE }, worker));
      if (warm === undefined && told.requests >= count / 5) warm = held();
    }
    told.growth = held() - (warm ?? 0);
    if (told.growth > MOST_GROWTH) told.faults.push(`memory grew by ${Math.round(told.growth / MIB)} MiB`);
    return told;
  } finally {
    await doors.close();
  }
}

/** Bytes that are still needed: how much the process has of the system depends on when it last cleaned up. */
function held(): number {
  setFlagsFromString('--expose-gc');
  runInNewContext('gc')();
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}
