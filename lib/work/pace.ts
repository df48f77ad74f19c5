/** How fast a task gets on, and how long what is left may take. */

const SECOND = 1000;
/** A rate is told of what was done in at least this time. */
const LEAST = 0.2 * SECOND;

export type Progress = { done: number; of?: number; rate?: number; left_s?: number };

/**
 * Adds to progress its pace, since a slice first told how far it was: rows (or whatever is counted) a second, and the
 * seconds that are left where it is known of how many. `now` is any clock in milliseconds.
 */
export function paceOf(now: () => number) {
  const since = now();
  let first: number | undefined;
  return (done: number, of?: number): Progress => {
    // What earlier slices did is not of this one's time.
    first ??= done;
    const took = now() - since;
    const known = { done, ...(of !== undefined && { of }) };
    if (took < LEAST || done <= first) return known;
    const rate = ((done - first) / took) * SECOND;
    const left = of === undefined ? undefined : Math.max(0, Math.ceil((of - done) / rate));
    return { ...known, rate: Math.round(rate), ...(left !== undefined && { left_s: left }) };
  };
}
