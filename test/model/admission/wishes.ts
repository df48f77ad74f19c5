/** What people ask for, cancel and delete. */
import { admit, ask, expire } from './requests.ts';
import { isEnded, type Rules, type State } from './state.ts';
import type { Step } from './steps.ts';

export function wishes(s: State, which: number, rules: Rules, step: Step): void {
  const { clauses, bounds } = rules;
  const { kind, again } = bounds.wishes[which]!;
  const { state, asked } = s.requests[which]!;
  const name = `request ${which + 1}`;
  const isFirstOfBackfill = bounds.wishes.findIndex((wish) => wish.kind === 'backfill') === which;
  const mayBeDone = again === undefined || !clauses.replayAfterEnd || isEnded(s.requests[again]!);
  const isWish = kind === 'person' || kind === 'replay';
  if (state === 'not asked' && isWish && mayBeDone) {
    step(`somebody asks for ${name} (${kind})`, (next) => askAndAdmit(next, which, rules), 'wish');
  }
  if (asked > 0 && isWish && !clauses.sameKeySameRun) {
    step(`${name} is asked for again with its key`, (next) => askAndAdmit(next, which, rules), 'repeats');
  }
  if (state === 'not asked' && isFirstOfBackfill) {
    const ofBackfill = [...s.requests.keys()].filter((i) => bounds.wishes[i]!.kind === 'backfill');
    step(
      `somebody asks for a backfill of ${ofBackfill.length}`,
      (next) => {
        for (const i of ofBackfill) ask(next, i, rules);
        admit(next, rules);
      },
      'wish',
    );
  }
  if (isFirstOfBackfill && asked > 0 && !s.backfillOver) {
    step(
      'somebody cancels the backfill',
      (next) => {
        for (const [i, wish] of bounds.wishes.entries()) if (wish.kind === 'backfill') cancel(next, i, rules);
        admit(next, rules);
      },
      'cancels',
    );
  }
  if (state === 'waiting' || (state === 'live' && !s.requests[which]!.flagged)) {
    step(
      `somebody cancels ${name}`,
      (next) => {
        cancel(next, which, rules);
        admit(next, rules);
      },
      'cancels',
    );
  }
  const isPlanned = s.planned > which || !clauses.retentionBehindPlanning;
  const isOld = kind !== 'slot' || (s.due > which + 1 && isPlanned);
  if (isEnded(s.requests[which]!) && s.requests[which]!.place > 0 && isOld) {
    step(
      `retention deletes ${name}`,
      (next) => {
        next.requests[which]!.place = 0;
      },
      'deletions',
    );
  }
}

/** What waits ends at once; what is live is told to. */
function cancel(next: State, which: number, { clauses }: Rules): void {
  const request = next.requests[which]!;
  if (request.state === 'live') request.flagged = true;
  if (request.state !== 'waiting') return;
  request.promised = true;
  if (clauses.cancelEndsWaiting) request.state = 'cancelled';
}

function askAndAdmit(next: State, which: number, rules: Rules): void {
  ask(next, which, rules);
  expire(next, rules);
  admit(next, rules);
}
