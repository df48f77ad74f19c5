/** What must hold, each as the sentence that a trace is headed with. */
import { lengthOf, ROWS, type State, versionAt } from './state.ts';

export const OLDER = 'an older version never overwrites a newer one';
export const FENCED = 'nobody fences out a run that no other worker took over';
export const STUCK = 'from every state table and summary can come to equal the source';

/** The backfill has ended, and table and summary are what the source says. */
export function isGoal(s: State): boolean {
  const edits = lengthOf(s);
  return (
    s.backfilled &&
    s.workers.every(({ at }) => at === 'idle') &&
    ROWS.every((row) => {
      const version = versionAt(s, row, edits);
      return s.table[row] === version && s.summary[row] === version;
    })
  );
}
