import * as fc from 'fast-check';
import { expect } from 'vitest';
import { dataset, ways } from './any-dataset.ts';
import { test } from './databases.ts';
import type { Dataset, Way } from './dataset.ts';
import { type Played, play } from './lane.ts';

const SECOND = 1000;
/** `make chaos` asks for many more. */
const DATASETS = Number(process.env.ORACLE_DATASETS ?? 40) / 4;

/** The same source, gone about in another way. */
const by = ({ rounds, ...rest }: Dataset, [first, ...others]: readonly Way[]): Dataset => ({
  ...rest,
  rounds: rounds.map((round, i) => ({ ...round, ...(others[i - 1] ?? first) })),
});

/** What must not depend on the way: rows with their origins, summaries, identities; books balance in any. */
const left = ({ rounds }: Played) =>
  rounds.map(({ rows, summary, evidence }) => ({ rows, summary, evidence }));

test('any batch size, any workers and any deaths leave the same rows, byte for byte, and the same identities', {
  timeout: 60 * SECOND + DATASETS * 2 * SECOND,
}, async ({ lanes }) => {
  const [lane] = await lanes(1);
  const isAlike = async (given: Dataset, one: Way[], other: Way[]) => {
    const played = [await play(lane!, by(given, one)), await play(lane!, by(given, other))] as const;
    expect(left(played[0])).toEqual(left(played[1]));
    for (const { books } of played.flatMap(({ rounds }) => rounds))
      expect(books.read).toBe(books.written + books.unchanged + books.deduped + books.rejected);
  };

  await fc.assert(fc.asyncProperty(dataset, ways, ways, isAlike), { numRuns: DATASETS });
});
