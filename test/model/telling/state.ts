/** What the model of telling remembers: two events of one gap, their notification, two senders, the mails that arrived. */
import { count, flag, list, type Of, oneOf, record, verdict } from '../shape.ts';
import type { Clauses } from '../study.ts';
import type { Clause } from './clauses.ts';

/** Two missed slots of one gap: two events, one mail. */
export const EVENTS = [0, 1] as const;
/** Hand-overs whose answer may be lost. */
export const HAND_OVERS = 2;

const SENDER = record({
  /** The statement that it issues next. */
  at: oneOf(['idle', 'enter row', 'begin', 'send', 'settle']),
  stopped: flag,
  row: count,
  attempt: count,
  outcome: oneOf(['sent', 'put off', 'undecided']),
});

const ROW = record({
  status: oneOf(['none', 'pending', 'sent', 'failed']),
  lease: oneOf(['free', 'held', 'expired']),
  attempts: count,
  handed: count,
});

export const STATE = record({
  events: list(EVENTS.length, oneOf(['open', 'done'])),
  /** The second one is there only with a clause taken out. */
  rows: list(2, ROW),
  senders: list(2, SENDER),
  copies: count,
  /** Faults so far that leave it open whether a copy went out. */
  doubts: count,
  /** A sender wrote down that the mail was taken, while that was open. */
  taken: flag,
  left: record({ crashes: count, stops: count, refusals: count, cuts: count }),
  broken: verdict,
});

export type State = Of<typeof STATE>;
export type Sender = Of<typeof SENDER>;

export interface Bounds {
  name: string;
  faults: State['left'];
}

export interface Rules {
  clauses: Clauses<Clause>;
  bounds: Bounds;
}

const IDLE: Sender = { at: 'idle', stopped: false, row: 0, attempt: 0, outcome: 'sent' };
const NO_ROW: Of<typeof ROW> = { status: 'none', lease: 'free', attempts: 0, handed: 0 };

export function firstState({ bounds }: Rules): State {
  return {
    events: ['open', 'open'],
    rows: [{ ...NO_ROW }, { ...NO_ROW }],
    senders: [{ ...IDLE }, { ...IDLE }],
    copies: 0,
    doubts: 0,
    taken: false,
    left: { ...bounds.faults },
    broken: '',
  };
}

export function goIdle(sender: Sender): void {
  Object.assign(sender, IDLE);
}
