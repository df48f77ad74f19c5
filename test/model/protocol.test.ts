import { describe, expect, test } from 'vitest';
import { explore, narrate } from './explore.ts';
import { SCENARIOS } from './scenarios.ts';

/** Far more than a search takes here, for a machine that does other things beside it. */
const SEARCH_LIMIT_MS = 180_000;

describe('the protocol of blueprint §6.2–6.5 and §7, every interleaving explored', () => {
  for (const scenario of SCENARIOS) {
    test(`keeps every property with ${scenario.name}`, { timeout: SEARCH_LIMIT_MS }, () => {
      const finding = explore(scenario);

      console.log(`${scenario.name}: ${finding.states} states`);
      expect(finding.broken, narrate(finding)).toBeUndefined();
    });
  }
});
