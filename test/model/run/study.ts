/** The study of a run: claims, slices, the fence and the ends of two requests of one lane. */
import { study } from '../study.ts';
import { CLAUSES, type Clause } from './clauses.ts';
import { CODEC } from './pack.ts';
import { allEndedAndShipped, STUCK } from './properties.ts';
import { allSteps, firstState } from './protocol.ts';
import { REMOVALS } from './removals.ts';
import { LARGE_SCENARIOS, SCENARIOS, type Scenario } from './scenarios.ts';
import type { State } from './state.ts';

export const RUN = study<State, Clause, Scenario>({
  name: 'run',
  clauses: CLAUSES,
  scenarios: SCENARIOS,
  large: LARGE_SCENARIOS,
  removals: REMOVALS,
  model: (clauses, bounds) => ({
    first: firstState({ clauses, bounds }),
    steps: (s, emit) => allSteps(s, { clauses, bounds }, emit),
    isGoal: allEndedAndShipped,
    stuck: STUCK,
    codec: CODEC,
  }),
});
