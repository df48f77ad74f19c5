/** The bounds of the searches for telling, and what each removed clause breaks in which. */
import type { Removal } from '../study.ts';
import type { Clause } from './clauses.ts';
import { ONE_COPY, STUCK, TAKEN, TWO_COPIES } from './properties.ts';
import type { Bounds, State } from './state.ts';

const scenario = (name: string, faults: Partial<State['left']>): Bounds => ({
  name,
  faults: { crashes: 0, stops: 0, refusals: 0, cuts: 0, ...faults },
});

const quiet = scenario('a good day', {});
const crash = scenario('a crash', { crashes: 1 });
const stop = scenario('a stop and a continue', { stops: 1 });
const cuts = scenario('three cuts', { cuts: 3 });

export const SCENARIOS: readonly Bounds[] = [
  scenario('two crashes, a stop, a refusal', { crashes: 2, stops: 1, refusals: 1 }),
  scenario('two cuts, a crash, a stop', { cuts: 2, crashes: 1, stops: 1 }),
  scenario('three cuts, two refusals', { cuts: 3, refusals: 2 }),
];

export const LARGE_SCENARIOS: readonly Bounds[] = [
  scenario('two crashes, two stops, two cuts, two refusals', { crashes: 2, stops: 2, cuts: 2, refusals: 2 }),
];

export const REMOVALS: Readonly<Record<Clause, Removal<Clause, Bounds>>> = {
  enteredWithItsEvent: { within: scenario('two crashes', { crashes: 2 }), breaks: STUCK },
  doneWritesNothing: { within: quiet, breaks: ONE_COPY, together: ['rowIsUnique'] },
  rowIsUnique: { within: quiet, breaks: ONE_COPY },
  sweepWakesFromRow: { within: crash, breaks: STUCK },
  leaseBeforeSending: { within: quiet, breaks: ONE_COPY },
  leaseOutlivesSmtp: { within: quiet, breaks: ONE_COPY },
  leaseCheckedBeforeConnecting: { within: stop, breaks: ONE_COPY },
  handOverNotedFirst: { within: cuts, breaks: TWO_COPIES },
  twiceIsEnough: { within: cuts, breaks: TWO_COPIES },
  takenIsSent: { within: scenario('a stop, a cut', { stops: 1, cuts: 1 }), breaks: TAKEN },
};
