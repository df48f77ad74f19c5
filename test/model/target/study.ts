/** The study of a target table that a schedule and a backfill write at once, and of its summary. */
import { codecOf } from '../shape.ts';
import { study } from '../study.ts';
import { CLAUSES, type Clause } from './clauses.ts';
import { isGoal, STUCK } from './properties.ts';
import { LARGE_SCENARIOS, REMOVALS, SCENARIOS } from './scenarios.ts';
import { type Bounds, firstState, STATE, type State } from './state.ts';
import { allSteps } from './steps.ts';

export const TARGET = study<State, Clause, Bounds>({
  name: 'target',
  clauses: CLAUSES,
  scenarios: SCENARIOS,
  large: LARGE_SCENARIOS,
  removals: REMOVALS,
  model: (clauses, bounds) => ({
    first: firstState({ clauses, bounds }),
    steps: (s, emit) => allSteps(s, { clauses, bounds }, emit),
    isGoal,
    stuck: STUCK,
    codec: codecOf(STATE),
  }),
});
