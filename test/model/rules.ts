/** What every step of the model is given, and how it hands on the state that it leads to. */
import type { Clauses } from './clauses.ts';
import type { Faults, State } from './state.ts';

/** What may go wrong in one scenario, and what the world there is like. */
export interface Bounds {
  faults: Faults;
  /** Report sessions run through a pooler: none can be terminated, the server's timeouts end them. */
  pooler: boolean;
}

export interface Rules {
  clauses: Clauses;
  bounds: Bounds;
}

/** `usual` steps happen sooner or later; `fault` steps (also a person's wish) may never happen. */
export type Kind = 'usual' | 'fault';
export type Emit = (next: State, step: string, kind: Kind, worker?: string) => void;

/** Deaths at which a run is ended instead of tried again. */
export const MAX_DEATHS = 2;
/** The checkpoint after which a run goes through to its end in one slice. */
export const LAST_CHECKPOINT = 1;
