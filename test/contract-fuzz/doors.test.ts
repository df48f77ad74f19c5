import fc from 'fast-check';
import { expect } from 'vitest';
import { answerFaults } from '../setup/answer-faults.ts';
import { test } from '../setup/fixtures.ts';
import { openDoors } from './open-doors.ts';
import { requests } from './requests.ts';

const REQUESTS = 400;
const MINUTE = 60_000;

test('whatever is asked, the answer is one that the contract promises, and no 500', {
  timeout: 2 * MINUTE,
}, async ({ runlog, report }) => {
  const doors = await openDoors({ runlog, report });
  try {
    await fc.assert(
      fc.asyncProperty(requests(doors.known), async (asked) => {
        const response = await doors.ask(asked);
        expect(response.status).not.toBe(500);
        expect(await answerFaults({ ...asked, response })).toEqual([]);
      }),
      { numRuns: REQUESTS },
    );
  } finally {
    await doors.close();
  }
});
