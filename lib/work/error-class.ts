import { isAway, isRefused, sqlState } from '../db/sqlstate.ts';
import type { ErrorClass } from '../pipeline/options.ts';

const QUERY_CANCELED = '57014';
/** Transactions that were in each other's way: serialization failures, deadlocks. */
const ROLLBACK = /^40[0-9A-Z]{3}$/;

/** What an error was of, as far as retries tell errors apart. A statement that we cancelled ourselves is no error. */
export function errorClass(error: unknown): ErrorClass {
  if (isAway(error) || isRefused(error)) return 'away';
  const state = sqlState(error) ?? '';
  if (ROLLBACK.test(state)) return 'conflict';
  return state === QUERY_CANCELED ? 'timeout' : 'failed';
}
