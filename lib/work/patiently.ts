import { setTimeout as wait } from 'node:timers/promises';
import { isAway } from '../db/sqlstate.ts';
import { RunLogAway } from './on-runlog.ts';

const SECOND = 1000;
const TRIES = 8;

/** RunLog was away: what was asked of it may have happened all the same. */
const runLogIsAway = (error: unknown) => isAway(error) || error instanceof RunLogAway;

/**
 * Does a step again through a moment's absence of RunLog, which would else look like the worker's death. The step must
 * be one that may be done twice: what landed without its answer has taken the epoch or the lease along.
 */
export async function patiently<T>(step: () => Promise<T>, isMoment = runLogIsAway): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await step();
    } catch (error) {
      if (!isMoment(error) || attempt === TRIES) throw error;
      await wait(SECOND);
    }
  }
}
