/** The study of telling: an event becomes one notification, and that a mail, with a second copy only in doubt. */
import { codecOf } from '../shape.ts';
import { study } from '../study.ts';
import { CLAUSES, type Clause } from './clauses.ts';
import { isGoal, STUCK } from './properties.ts';
import { LARGE_SCENARIOS, REMOVALS, SCENARIOS } from './scenarios.ts';
import { type Bounds, firstState, STATE, type State } from './state.ts';
import { allSteps } from './steps.ts';

export const TELLING = study<State, Clause, Bounds>({
  name: 'telling',
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
