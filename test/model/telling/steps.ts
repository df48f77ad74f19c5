/**
 * Telling people (blueprint §6.6): all steps from a state. Two events of one gap, delivered any number of times; one
 * notification; two senders that die, are stopped beyond their lease, and lose answers of the mail server. Left out: the
 * pauses between tries and the day after which a mail is no news, several recipients (a row each), digests.
 */
import type { Emit as EmitOf } from '../search.ts';
import { brokenIn } from './properties.ts';
import { sending } from './sending.ts';
import { EVENTS, goIdle, type Rules, type Sender, STATE, type State } from './state.ts';

type Fault = keyof State['left'];

export interface Turn {
  s: State;
  now: Sender;
  rules: Rules;
  step: (label: string, change: (next: State, sender: Sender) => void, fault?: Fault) => void;
}

export function allSteps(s: State, rules: Rules, emit: EmitOf<State>): void {
  for (const [which, now] of s.senders.entries()) {
    const step: Turn['step'] = (label, change, fault) => {
      if (fault && s.left[fault] === 0) return;
      const next = STATE.copy(s);
      if (fault) next.left[fault] -= 1;
      change(next, next.senders[which]!);
      next.broken ||= brokenIn(next);
      emit(next, label, fault ? 'fault' : 'usual', 'AB'[which]);
    };
    const turn: Turn = { s, now, rules, step };
    if (now.at === 'idle') {
      // Idle senders are alike.
      if (s.senders.findIndex(({ at }) => at === 'idle') !== which) continue;
      delivered(turn);
      wakes(turn);
    } else {
      if (!now.stopped) sending(turn);
      faults(turn);
    }
  }
}

/** An event of the gap is delivered: its row is written, the event done. */
function delivered({ s, rules, step }: Turn): void {
  const { clauses } = rules;
  for (const event of EVENTS) {
    if (s.events[event] === 'done' && clauses.doneWritesNothing) continue;
    step(`event ${event + 1} is entered`, (next, sender) => {
      next.events[event] = 'done';
      if (clauses.enteredWithItsEvent) enterRow(next, rules);
      else sender.at = 'enter row';
    });
  }
}

/** A row for the gap, unless it is there. */
export function enterRow(s: State, { clauses }: Rules): void {
  const free = s.rows.findIndex(({ status }) => status === 'none');
  if (free === 0 || (free > 0 && !clauses.rowIsUnique)) s.rows[free]!.status = 'pending';
}

/** `notification.due`, from sweep or right after the row was written, leases the row. */
function wakes({ s, rules, step }: Turn): void {
  const { clauses } = rules;
  for (const [which, row] of s.rows.entries()) {
    const isFree = row.lease !== 'held' || !clauses.leaseBeforeSending;
    const isWoken = row.attempts === 0 || clauses.sweepWakesFromRow;
    if (row.status !== 'pending' || !isFree || !isWoken) continue;
    step(`leases notification ${which + 1}`, (next, sender) => {
      const leased = next.rows[which]!;
      leased.lease = 'held';
      leased.attempts += 1;
      Object.assign(sender, { at: 'begin', row: which, attempt: leased.attempts });
    });
  }
}

/** A sender dies, or is stopped until its lease has run out; nobody can tell the two apart. */
function faults({ s, now, rules, step }: Turn): void {
  const mayHaveLeft = now.at === 'send' || now.at === 'settle' ? 1 : 0;
  const row = s.rows[now.row]!;
  const holds = now.at !== 'enter row' && row.attempts === now.attempt && row.lease === 'held';
  const loseLease = (next: State) => {
    if (holds) next.rows[now.row]!.lease = 'expired';
    next.doubts += mayHaveLeft;
  };
  if (now.stopped) {
    step('goes on', (_, sender) => {
      sender.stopped = false;
    });
    return;
  }
  step(
    `dies before it could: ${now.at}`,
    (next, sender) => {
      loseLease(next);
      goIdle(sender);
    },
    'crashes',
  );
  step(
    `is stopped before it could: ${now.at}; its lease runs out`,
    (next, sender) => {
      loseLease(next);
      sender.stopped = true;
    },
    'stops',
  );
  if (now.at === 'send' && holds && !rules.clauses.leaseOutlivesSmtp) {
    step('waits for the mail server while its lease runs out', (next) => {
      next.rows[now.row]!.lease = 'expired';
    });
  }
}
