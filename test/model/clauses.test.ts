import { describe, expect, test } from 'vitest';
import { CLAUSES, type Clause, clausesWithout } from './clauses.ts';
import { exploreWithout, narrate } from './explore.ts';
import { REMOVALS } from './removals.ts';
import { search } from './search.ts';

const SEARCH_LIMIT_MS = 180_000;
const names = Object.keys(CLAUSES) as Clause[];

describe('a clause taken out of the protocol brings its violation back', () => {
  for (const clause of names) {
    test(`${clause}: ${CLAUSES[clause]}`, { timeout: SEARCH_LIMIT_MS }, () => {
      const finding = exploreWithout(clause);

      expect(finding.broken, narrate(finding)).toBe(REMOVALS[clause].breaks);
      expect(finding.trace.length).toBeGreaterThan(0);
    });
  }

  test('a clause that another one backs is safe to lose alone, and only then', () => {
    for (const clause of names.filter((name) => REMOVALS[name].together)) {
      const alone = search({ clauses: clausesWithout(clause), bounds: REMOVALS[clause].within });

      expect(alone.broken, narrate(alone)).toBeUndefined();
    }
  });

  test('the trace reads as named steps', () => {
    const [verdict, ...steps] = narrate(exploreWithout('predecessorUnique')).split('\n');

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
});
