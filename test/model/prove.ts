import { describe, expect, test } from 'vitest';
import { narrate, type Study } from './study.ts';

/** Far more than a search takes here, for a machine that does other things beside it. */
const SEARCH_LIMIT_MS = 180_000;

/** The tests of a study: what holds with every clause, and what each of them is for. */
export function prove({ name, scenarios, removals }: Study): void {
  describe(`${name}, every interleaving explored`, () => {
    for (const scenario of scenarios) {
      test(`keeps every property with ${scenario.name}`, { timeout: SEARCH_LIMIT_MS }, () => {
        const finding = scenario.run();

        console.log(`${scenario.name}: ${finding.states} states`);
        expect(finding.broken, narrate(finding)).toBeUndefined();
      });
    }
  });

  describe(`${name}: a clause taken out brings its violation back`, () => {
    for (const { name: clause, says, breaks, run } of removals) {
      test(`${clause}: ${says}`, { timeout: SEARCH_LIMIT_MS }, () => {
        const finding = run();

        expect(finding.broken, narrate(finding)).toBe(breaks);
        expect(finding.trace.length).toBeGreaterThan(0);
      });
    }

    for (const { name: clause, run } of removals.flatMap(({ alone }) => alone)) {
      test(`${clause}, which another one backs, is safe to lose alone`, { timeout: SEARCH_LIMIT_MS }, () => {
        const finding = run();

        expect(finding.broken, narrate(finding)).toBeUndefined();
      });
    }
  });
}
