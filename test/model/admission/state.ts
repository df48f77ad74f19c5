/** What the model of admission remembers: a pipeline's row, its requests, and one transaction under way. */

import { count, flag, list, type Of, oneOf, record, verdict } from '../shape.ts';
import type { Clauses } from '../study.ts';
import type { Clause } from './clauses.ts';

export interface Wish {
  kind: 'slot' | 'person' | 'replay' | 'backfill';
  lane: number;
  policy: 'skip' | 'queue' | 'queue-all' | 'replace';
  /** Its run ends only when it is told to. */
  endless?: boolean;
  /** The request that it does again. */
  again?: number;
}

/** What may be asked for and what may go wrong in one scenario. The slots come first, in the order of their instants. */
export interface Bounds {
  name: string;
  wishes: readonly Wish[];
  misfire: 'last' | 'all';
  /** How many the backfill may have live; all its requests are one backfill. */
  concurrency: number;
  /** Failures of slots in a row that pause the schedule; 0 = never. */
  pauseAfter: number;
  faults: Faults;
}

export interface Faults {
  pauses: number;
  cancels: number;
  failures: number;
  /** Wishes whose caller asks again with the same key. */
  repeats: number;
  /** Ended requests that retention deletes. */
  deletions: number;
  /** Changes of the schedule that keep its slots. */
  changes: number;
  crashes: number;
}

export interface Rules {
  clauses: Clauses<Clause>;
  bounds: Bounds;
}

const STATE = ['not asked', 'waiting', 'live', 'ran', 'skipped', 'missed', 'replaced', 'cancelled'] as const;

const REQUEST = record({
  state: oneOf(STATE),
  /** Its ordinal, among the requests in the table; 0 = retention has deleted it, or it was never there. */
  place: count,
  first: flag,
  /** Catching up: its deadline lies far ahead. */
  extended: flag,
  /** Its live run is told to end. */
  flagged: flag,
  /** A slot whose instant lies in a pause. */
  paused: flag,
  asked: count,
  begun: count,
  /** How often `slot.missed` was told. */
  told: count,
  /** A person was told that it is cancelled. */
  promised: flag,
});

export const shapeOf = (requests: number) =>
  record({
    /** Instants of slots that have passed; the last one has the deadline of the last slot. */
    due: count,
    planned: count,
    paused: flag,
    failures: count,
    backfillOver: flag,
    /** Only with a clause taken out: a transaction that has looked and not yet written. */
    begun: record({ what: oneOf(['nothing', 'ask', 'admit', 'tell']), request: count, saw: flag }),
    left: record({
      pauses: count,
      cancels: count,
      failures: count,
      repeats: count,
      deletions: count,
      changes: count,
      crashes: count,
    }),
    requests: list(requests, REQUEST),
    broken: verdict,
  });

export type State = Of<ReturnType<typeof shapeOf>>;
export type Request = Of<typeof REQUEST>;

export const isOpen = ({ state }: Request) => state === 'waiting' || state === 'live';
export const isEnded = (request: Request) => request.state !== 'not asked' && !isOpen(request);

export function firstState({ bounds }: Rules): State {
  return {
    due: 0,
    planned: 0,
    paused: false,
    failures: 0,
    backfillOver: false,
    begun: { what: 'nothing', request: 0, saw: false },
    left: { ...bounds.faults },
    requests: bounds.wishes.map(() => ({
      state: 'not asked',
      place: 0,
      first: false,
      extended: false,
      flagged: false,
      paused: false,
      asked: 0,
      begun: 0,
      told: 0,
      promised: false,
    })),
    broken: '',
  };
}
