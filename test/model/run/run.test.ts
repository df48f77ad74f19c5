import { expect, test } from 'vitest';
import { prove } from '../prove.ts';
import { narrate } from '../study.ts';
import { RUN } from './study.ts';

prove(RUN);

test('the trace reads as named steps', () => {
  const predecessor = RUN.removals.find(({ name }) => name === 'predecessorUnique')!;
  const [verdict, ...steps] = narrate(predecessor.run()).split('\n');

  expect(verdict).toMatch(/^BROKEN after \d+ states: every batch is applied once$/);
  expect(steps).toEqual([
    '   1   trigger: request 1 is admitted',
    '   2   run 1: the event of checkpoint 0 is sent',
    '   3   A: claims run 1 at checkpoint 0',
    '   4   A: marks the work report-touched',
    '   5   A: raises the fence',
    '   6   A: reads the watermark, stages the next batch',
    '   7   A: merges, inserts the commit row, checks and locks the fence',
    '   8 ! A: sends COMMIT, the connection is cut',
    '   9   A: reads the watermark, stages the next batch',
    '  10   the cut COMMIT lands',
    '  11   A: merges, inserts the commit row, checks and locks the fence',
    '  12   A: COMMITs its batch',
  ]);
});
