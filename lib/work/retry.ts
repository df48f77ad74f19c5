/** Whether a failed attempt is followed by another, and after how long. */
import * as z from 'zod';
import type { Json } from '../db/tables.ts';
import type { ErrorClass, Retry } from '../pipeline/options.ts';

const Failures = z.partialRecord(z.enum(['away', 'conflict', 'timeout', 'failed']), z.number());

/** How often a run has failed, by class of error, one more of this class included. */
export function countFailure(before: Json, of: ErrorClass): Json {
  const failures = Failures.parse(before);
  return { ...failures, [of]: (failures[of] ?? 0) + 1 };
}

/**
 * The longest that a run may sleep before its next attempt, in seconds; undefined when there is none. What `per` names
 * is counted by itself, all other classes together.
 */
export function longestPause(retry: Retry, failures: Json, of: ErrorClass): number | undefined {
  const { attempts, backoff, longest } = { ...retry, ...retry.per[of] };
  const failed = Object.entries(Failures.parse(failures))
    .filter(([name]) => (retry.per[of] ? name === of : !(name in retry.per)))
    .reduce((sum, [, times]) => sum + times, 0);
  if (failed >= attempts) return undefined;
  return Math.min(longest, backoff * 2 ** (failed - 1));
}
