import * as fc from 'fast-check';
import { expect } from 'vitest';
import { dataset } from './any-dataset.ts';
import { test } from './databases.ts';
import type { Dataset } from './dataset.ts';
import { found } from './found.ts';
import { play } from './lane.ts';
import { predict } from './predict.ts';

const SECOND = 1000;
/** `make chaos` asks for many more. */
const DATASETS = Number(process.env.ORACLE_DATASETS ?? 40);
const LANES = 2;
const KINDS = [
  ...['cast_errors', 'null', 'range', 'fractional', 'regex', 'oneof', 'foreign', 'rule'],
  ...['dedup_conflicts', 'authority_conflicts', 'equal duplicates', 'late version', 'warned', 'quarantined'],
];

test('whatever a source holds and whoever dies, the engine leaves what the oracle says', {
  timeout: 120 * SECOND + DATASETS * SECOND,
}, async ({ lanes }) => {
  const seen: string[] = [];

  await Promise.all(
    (await lanes(LANES)).map((lane) => {
      const agrees = async (given: Dataset) => {
        const { rounds, cuts } = await play(lane, given);
        const predicted = predict(given, cuts, lane.name);
        expect(rounds).toEqual(predicted.rounds);
        seen.push(...predicted.faults);
      };
      return fc.assert(fc.asyncProperty(dataset, agrees), {
        numRuns: DATASETS / LANES,
        interruptAfterTimeLimit: 100 * SECOND + DATASETS * SECOND,
        markInterruptAsFailure: true,
      });
    }),
  );

  const rare = KINDS.filter((kind) => seen.filter((one) => one === kind).length < DATASETS / 10);
  expect(DATASETS < 1000 ? [] : rare, 'faults in less than a tenth of the datasets').toEqual([]);
});

test.for(found)('$because', async (given, { lanes }) => {
  const [lane] = await lanes(1);

  const { rounds, cuts } = await play(lane!, given);

  expect(rounds).toEqual(predict(given, cuts, lane!.name).rounds);
});
