/** What a sender does with the row that it leased: the last check, the mail, the outcome. */
import { goIdle, HAND_OVERS, type Sender, type State } from './state.ts';
import { enterRow, type Turn } from './steps.ts';

export function sending(turn: Turn): void {
  const { now, rules, step } = turn;
  if (now.at === 'enter row') {
    step('writes the row', (next, sender) => {
      enterRow(next, rules);
      goIdle(sender);
    });
  }
  if (now.at === 'begin') begins(turn);
  if (now.at === 'send') sends(turn);
  if (now.at === 'settle') settles(turn);
}

const rowOf = (s: State, { row }: Sender) => s.rows[row]!;

/** Whether the row is still as the sender leased it. */
const isMine = (s: State, sender: Sender) => {
  const { attempts, status } = rowOf(s, sender);
  return attempts === sender.attempt && status === 'pending';
};

function begins({ s, now, rules, step }: Turn): void {
  const { clauses } = rules;
  if (rowOf(s, now).handed >= HAND_OVERS && clauses.twiceIsEnough) {
    step('gives the mail up: it may have arrived twice', (next, sender) => {
      if (isMine(next, sender)) Object.assign(rowOf(next, sender), { status: 'failed', lease: 'free' });
      goIdle(sender);
    });
    return;
  }
  const mayBegin =
    (isMine(s, now) && rowOf(s, now).lease === 'held') || !clauses.leaseCheckedBeforeConnecting;
  step(
    mayBegin ? 'checks the lease, notes that a copy may leave' : 'finds its lease lost',
    (next, sender) => {
      if (!mayBegin) return goIdle(sender);
      if (clauses.handOverNotedFirst) rowOf(next, sender).handed += 1;
      sender.at = 'send';
    },
  );
}

function sends({ step }: Turn): void {
  const outcome = (to: Sender['outcome'], copies: number) => (next: State, sender: Sender) => {
    next.copies += copies;
    Object.assign(sender, { at: 'settle', outcome: to });
    if (to === 'undecided') next.doubts += 1;
  };
  step('hands the mail over', outcome('sent', 1));
  step('is put off by the mail server', outcome('put off', 0), 'refusals');
  step('hands the mail over, the answer is cut', outcome('undecided', 1), 'cuts');
  step('is cut off before the mail server has it', outcome('undecided', 0), 'cuts');
}

function settles({ now, rules, step }: Turn): void {
  const { clauses } = rules;
  step(`writes down: ${now.outcome}`, (next, sender) => {
    const row = rowOf(next, sender);
    if (now.outcome === 'sent' && row.status === 'pending') next.taken = true;
    const mayWrite = isMine(next, sender) || (now.outcome === 'sent' && clauses.takenIsSent);
    if (mayWrite && row.status === 'pending') {
      row.lease = 'free';
      if (now.outcome === 'sent') row.status = 'sent';
      if (now.outcome === 'put off' && clauses.handOverNotedFirst) row.handed -= 1;
      const isTwice = now.outcome === 'undecided' && row.handed >= HAND_OVERS;
      if (isTwice && clauses.twiceIsEnough) row.status = 'failed';
    }
    goIdle(sender);
  });
}
