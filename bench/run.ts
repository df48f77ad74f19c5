/**
 * `make bench`: measures against peers on the same machine and in the same minute, prints a table, writes results.json.
 * A result below its floor is said, and is no failure: a busy machine must not turn a build red.
 */
import { writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { claimRate } from './claim-rate.ts';
import { coldStart } from './cold-start.ts';
import { enqueueToDone } from './enqueue-to-done.ts';
import { type Ground, onGround } from './ground.ts';
import { growth } from './growth.ts';
import { hostThroughput } from './host-throughput.ts';
import { idleMemory } from './idle-memory.ts';
import { ingestGrowth, ingestMemory, ingestVsRows, ingestVsZod } from './ingest/beside.ts';
import { ingestDelta, ingestFirst, ingestUnchanged, mirrored } from './ingest/loads.ts';
import { listAtSize } from './list-at-size.ts';
import { listThroughput } from './list-throughput.ts';
import { logPage } from './log-page.ts';
import { logTail } from './log-tail.ts';
import { logIngest } from './logs/ingest.ts';
import { logOverhead } from './logs/overhead.ts';
import { HEAD, rowOf, toJson } from './report.ts';
import type { Result } from './rounds.ts';

const RESULTS = fileURLToPath(new URL('results.json', import.meta.url));

type Bench = (ground: Ground, size?: number) => Promise<Result | Result[]>;

const benches: Record<string, Bench> = {
  'cold-start': coldStart,
  'host-throughput': hostThroughput,
  'list-throughput': listThroughput,
  'idle-memory': idleMemory,
  mirror: mirrored,
  'ingest-first': ingestFirst,
  'ingest-unchanged': ingestUnchanged,
  'ingest-memory': ingestMemory,
  'ingest-vs-zod': ingestVsZod,
  'ingest-vs-rows': ingestVsRows,
  'ingest-delta': ingestDelta,
  'log-ingest': logIngest,
  'log-overhead': logOverhead,
  'claim-rate': claimRate,
  'enqueue-to-done': enqueueToDone,
  'log-tail': logTail,
};
/** These take so long that they run only when they are named. */
const long: Record<string, Bench> = {
  growth,
  'list-at-size': listAtSize,
  'log-page': logPage,
  'ingest-growth': ingestGrowth,
};

async function main(only: string | undefined, size?: number): Promise<number> {
  const all = { ...benches, ...long };
  const chosen = Object.entries(only === undefined ? benches : all).filter(
    ([name]) => only === undefined || name === only,
  );
  if (chosen.length === 0) {
    process.stderr.write(`There is no bench "${only}". There are: ${Object.keys(all).join(', ')}.\n`);
    return 2;
  }
  const results: Result[] = [];
  process.stdout.write(`${HEAD}\n`);
  await onGround(async (ground) => {
    for (const [, measure] of chosen) {
      for (const result of [await measure(ground, size)].flat()) {
        results.push(result);
        process.stdout.write(`${rowOf(result)}\n`);
      }
    }
  });
  writeFileSync(RESULTS, toJson(results));
  return 0;
}

if (import.meta.main) {
  const [only, size] = process.argv.slice(2);
  main(only, size === undefined ? undefined : Number(size)).then(
    (code) => process.exit(code),
    (error: unknown) => {
      process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
      process.exit(1);
    },
  );
}
