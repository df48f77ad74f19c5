/** The study of admission: planning, policies, lanes, pauses, replays and a backfill of one pipeline. */
import { codecOf } from '../shape.ts';
import { study } from '../study.ts';
import { CLAUSES, type Clause } from './clauses.ts';
import { isGoal, STUCK } from './properties.ts';
import { REMOVALS } from './removals.ts';
import { LARGE_SCENARIOS, SCENARIOS } from './scenarios.ts';
import { type Bounds, firstState, type State, shapeOf } from './state.ts';
import { allSteps } from './steps.ts';

export const ADMISSION = study<State, Clause, Bounds>({
  name: 'admission',
  clauses: CLAUSES,
  scenarios: SCENARIOS,
  large: LARGE_SCENARIOS,
  removals: REMOVALS,
  model: (clauses, bounds) => {
    const shape = shapeOf(bounds.wishes.length);
    return {
      first: firstState({ clauses, bounds }),
      steps: (s, emit) => allSteps(s, { clauses, bounds }, shape, emit),
      isGoal: (s) => isGoal(s, bounds.wishes),
      stuck: STUCK,
      codec: codecOf(shape),
    };
  },
});
