/** The bounds of the searches for one target table, and what each removed clause breaks in which. */
import type { Removal } from '../study.ts';
import type { Clause } from './clauses.ts';
import { FENCED, OLDER, STUCK } from './properties.ts';
import type { Bounds, State } from './state.ts';

const scenario = (name: string, faults: Partial<State['left']>): Bounds => ({
  name,
  faults: { edits: 0, crashes: 0, lags: 0, ...faults },
});

const edited = scenario('an edit of the source', { edits: 1 });
const quiet = scenario('a source at rest', {});

export const SCENARIOS: readonly Bounds[] = [
  scenario('two edits of the source, a crash', { edits: 2, crashes: 1 }),
  scenario('an edit, two crashes, a standby that lags', { edits: 1, crashes: 2, lags: 1 }),
  scenario('two edits, two standbys that lag', { edits: 2, lags: 2 }),
];

export const LARGE_SCENARIOS: readonly Bounds[] = [
  scenario('two edits, two crashes, two standbys that lag', { edits: 2, crashes: 2, lags: 2 }),
];

export const REMOVALS: Readonly<Record<Clause, Removal<Clause, Bounds>>> = {
  turnTaken: { within: edited, breaks: OLDER },
  turnBeforeSnapshot: { within: edited, breaks: OLDER },
  behindReadsNothing: {
    within: scenario('an edit, a standby that lags', { edits: 1, lags: 1 }),
    breaks: OLDER,
  },
  backfillOwnScope: { within: quiet, breaks: FENCED },
  backfillMovesNoWatermark: { within: quiet, breaks: STUCK },
  touchedWithItsBatch: { within: scenario('a crash', { crashes: 1 }), breaks: STUCK },
  touchedIsNotUnique: { within: edited, breaks: STUCK },
  takenBeforeRead: { within: edited, breaks: STUCK },
  takenWithSummary: { within: scenario('a crash', { crashes: 1 }), breaks: STUCK },
};
