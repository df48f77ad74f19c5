/** `Prefer: wait=N` (RFC 7240): the caller would rather hear of the end than that it has begun. */
import { SERVICE_TIMEOUT } from '../work/numbers.ts';

const SECOND = 1000;
/** An answer is given this long before Knative would cut it off. */
const MARGIN = 5 * SECOND;
const LONGEST = (SERVICE_TIMEOUT - MARGIN) / SECOND;

/** How many seconds the caller would wait, as far as we let it; undefined: it did not say, or not so that it can be read. */
export function preferredWait(prefer: string | null | undefined): number | undefined {
  for (const preference of (prefer ?? '').split(',')) {
    const [, seconds] = /^\s*wait\s*=\s*"?(\d{1,9})"?\s*(?:;.*)?$/i.exec(preference) ?? [];
    if (seconds !== undefined) return Math.min(Number(seconds), LONGEST);
  }
  return undefined;
}
