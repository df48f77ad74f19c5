/**
 * `make bench`: measures against peers on the same machine and in the same minute, prints a table, writes results.json.
 * A result below its floor is said, and is no failure: a busy machine must not turn a build red.
 */
import { writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { coldStart } from './cold-start.ts';
import { type Ground, onGround } from './ground.ts';
import { hostThroughput } from './host-throughput.ts';
import { idleMemory } from './idle-memory.ts';
import { ingestFirstCut } from './ingest-first-cut.ts';
import { listThroughput } from './list-throughput.ts';
import type { Result } from './rounds.ts';

const RESULTS = fileURLToPath(new URL('results.json', import.meta.url));

const benches: Record<string, (ground: Ground) => Promise<Result>> = {
  'cold-start': coldStart,
  'host-throughput': hostThroughput,
  'list-throughput': listThroughput,
  'idle-memory': idleMemory,
  'ingest-first-cut': ingestFirstCut,
};

/** One line of the table. */
function row(cells: readonly string[]): string {
  const widths = [17, 6, 7, 7, 12];
  return cells
    .map((cell, i) => cell.padEnd(widths[i] ?? 0))
    .join(' ')
    .trimEnd();
}

function rowOf({ bench, ratio, of, floor, aim, detail }: Result): string {
  const verdict =
    floor !== null && ratio < floor ? 'below floor' : aim !== null && ratio >= aim ? 'aim reached' : '';
  return row([
    bench,
    ratio.toFixed(2),
    String(floor ?? '–'),
    String(aim ?? '–'),
    verdict,
    `${detail} (1 = ${of})`,
  ]);
}

async function main(only: string | undefined): Promise<number> {
  const chosen = Object.entries(benches).filter(([name]) => only === undefined || name === only);
  if (chosen.length === 0) {
    process.stderr.write(`There is no bench "${only}". There are: ${Object.keys(benches).join(', ')}.\n`);
    return 2;
  }
  const results: Result[] = [];
  process.stdout.write(`${row(['bench', 'ratio', 'floor', 'aim', '', 'detail'])}\n`);
  await onGround(async (ground) => {
    for (const [, measure] of chosen) {
      const result = await measure(ground);
      results.push({ ...result, ratio: Math.round(result.ratio * 1000) / 1000 });
      process.stdout.write(`${rowOf(result)}\n`);
    }
  });
  writeFileSync(RESULTS, `${JSON.stringify(results, null, 2)}\n`);
  return 0;
}

if (import.meta.main) {
  main(process.argv[2]).then(
    (code) => process.exit(code),
    (error: unknown) => {
      process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
      process.exit(1);
    },
  );
}
