/** The statements of a worker in the report database (blueprint §7). */
import { afterRaise, afterShipping, startShipping } from './course.ts';
import {
  fenceIsLocked,
  hasOlderSessions,
  land,
  loseSession,
  predecessorTaken,
  raise,
  removeShipped,
  takeOut,
  terminateOlderSessions,
} from './report.ts';
import { goIdle } from './runlog.ts';
import { NO_BATCH, useUp } from './state.ts';
import type { Turn } from './turn.ts';

export function raiseFence({ s, now, rules, step }: Turn): void {
  const mayTerminate = rules.clauses.terminateOlderSessions && !rules.bounds.pooler;
  if (mayTerminate && hasOlderSessions(s, now)) {
    step('terminates the sessions of older epochs', terminateOlderSessions);
  } else if (!fenceIsLocked(s, rules)) {
    step('raises the fence', (next, worker) => {
      raise(next, worker, rules);
      afterRaise(next, worker, rules);
    });
  }
}

export function batch({ s, now, rules, step }: Turn): void {
  const { clauses } = rules;
  const taken = clauses.predecessorUnique ? predecessorTaken(s, now.batch) : 'no';
  if (taken === 'committed') {
    step('finds its predecessor taken, rolls back', (_, worker) => {
      worker.batch = NO_BATCH;
      worker.at = 'read';
    });
  } else if (taken === 'in flight' || fenceIsLocked(s, rules)) {
    // It waits.
  } else if (clauses.fenceCheckedAtBatchCommit && now.epoch < s.fence) {
    step('finds the fence above its epoch, rolls back and stops', (_, worker) => goIdle(worker));
  } else {
    step('merges, inserts the commit row, checks and locks the fence', (_, worker) => {
      worker.at = 'commit';
    });
  }
}

export function commit({ s, rules, step }: Turn): void {
  step('COMMITs its batch', (next, worker) => {
    land(next, worker.batch);
    worker.batch = NO_BATCH;
    startShipping(worker, rules);
  });
  if (s.left.cuts === 0) return;
  step(
    'sends COMMIT, the connection is cut',
    (next, worker) => {
      useUp(next, 'cuts');
      next.cut = { epoch: worker.epoch, batch: worker.batch };
      loseSession(worker);
    },
    'fault',
  );
}

export function remove({ rules, step }: Turn): void {
  step('removes what it shipped from the report database', (next, worker) => {
    removeShipped(next, worker, rules);
    afterShipping(worker);
  });
}

/** Only without `removeAfterShip`. */
export function takeOutFirst({ step }: Turn): void {
  step('takes the evidence out of the report database', (next, worker) => {
    takeOut(next, worker);
    worker.at = 'ship';
  });
}
