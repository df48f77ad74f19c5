/** What every step of the model is given, and how it hands on the state that it leads to. */
import type { Emit as EmitOf } from '../search.ts';
import type { Clauses } from '../study.ts';
import type { Clause } from './clauses.ts';
import type { Faults, State } from './state.ts';

/** What may go wrong in one scenario, and what the world there is like. */
export interface Bounds {
  faults: Faults;
  /** Report sessions run through a pooler: none can be terminated, the server's timeouts end them. */
  pooler: boolean;
  /** Tries in all that the retry policy allows a run. */
  attempts: number;
}

export interface Rules {
  clauses: Clauses<Clause>;
  bounds: Bounds;
}

export type Emit = EmitOf<State>;

/** Deaths at which a run is ended instead of tried again. */
export const MAX_DEATHS = 2;
/** The checkpoint after which a run goes through to its end in one slice. */
export const LAST_CHECKPOINT = 1;
