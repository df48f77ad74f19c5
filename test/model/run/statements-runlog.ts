/** The statements of a worker in RunLog (blueprint §6.2–6.5). */
import { afterShipping, startEnding } from './course.ts';
import { ASLEEP } from './properties.ts';
import { ship } from './report.ts';
import {
  admit,
  checkpoint,
  demandEpoch,
  end,
  endingOf,
  goIdle,
  hasTaken,
  leave,
  newEpoch,
  sleep,
  takeFromOwn,
  takeUnheld,
} from './runlog.ts';
import type { Turn } from './turn.ts';

export function mark({ rules, runLogStep }: Turn): void {
  runLogStep('marks the work report-touched', (next, worker) => {
    if (!demandEpoch(next, worker, 'demandEpochOnMark', rules)) return;
    next.runs[worker.run]!.work.touched = true;
    worker.marked = true;
    worker.at = rules.clauses.raiseBeforeFirstRead ? 'raise' : 'read';
  });
}

export function shipBooks({ rules, runLogStep }: Turn): void {
  const { clauses } = rules;
  runLogStep('ships books and evidence to RunLog', (next, worker) => {
    if (!demandEpoch(next, worker, 'demandEpochOnShip', rules)) return;
    if (!clauses.touchedMarkBeforeFirstContact) next.runs[worker.run]!.work.touched = true;
    ship(next, worker, rules);
    if (clauses.removeAfterShip) worker.at = 'remove';
    else afterShipping(worker);
  });
}

export function leaveCheckpoint({ rules, runLogStep }: Turn): void {
  runLogStep('leaves a checkpoint', (next, worker) => checkpoint(next, worker, rules));
}

export function fallAsleep({ rules, runLogStep }: Turn): void {
  runLogStep('leaves the run to sleep until its next attempt', (next, worker) => sleep(next, worker, rules));
}

export function drawEpoch({ step }: Turn): void {
  step('draws a new epoch', (next, worker) => {
    worker.drawn = newEpoch(next);
    worker.at = 'take epoch';
  });
}

/** The run's own worker takes the epoch that it drew, from its own by naming it, or once more. */
export function takeEpoch({ rules, runLogStep }: Turn): void {
  runLogStep('takes the new epoch from its own', (next, worker) => {
    const { work } = next.runs[worker.run]!;
    if (hasTaken(work, worker) && !rules.clauses.takenAgainByDrawnEpoch) return goIdle(worker);
    if (!demandEpoch(next, worker, 'demandEpochOnEnd', rules)) return;
    takeFromOwn(next, worker, rules);
    startEnding(next, worker, rules);
  });
}

/** `sweep` gives a lease that it took back to the next worker. */
export function giveBack({ rules, runLogStep }: Turn): void {
  runLogStep('gives the run back for another try', (next, worker) => leave(next, worker, rules));
}

export function endRun({ now, rules, runLogStep }: Turn): void {
  runLogStep(`ends the run: ${now.ending}`, (next, worker) => end(next, worker, worker.ending, rules));
}

/** Only without `epochStatementReturnsMark` or `sweepLooksAgainAsItTakes`. */
export function takeEpochOfSelected({ rules, step }: Turn): void {
  step('takes the epoch, trusts what it read before', (next, worker) => {
    const { status, work } = next.runs[worker.run]!;
    if (status !== 'STARTED' || work.lease === 'held') {
      goIdle(worker);
      return;
    }
    if (work.asleep && endingOf(work, rules.clauses) === 'none') next.broken = ASLEEP;
    takeUnheld(next, worker, rules);
    if (worker.ending === 'none') worker.at = 'give back';
    else startEnding(next, worker, rules);
  });
}

/** Only without `outboxInSameTransaction`. */
export function insertOutbox({ step }: Turn): void {
  step('inserts the outbox row', (next, worker) => {
    next.runs[worker.run]!.outbox[worker.checkpoint + 1] = 'open';
    goIdle(worker);
  });
}

/** Only without `admissionLocksPipeline`. */
export function admitSeen({ step }: Turn): void {
  step('admits the request', (next, worker) => {
    admit(next.runs[worker.run]!);
    goIdle(worker);
  });
}

/** Only without `admissionLocksPipeline`. */
export function queueSeen({ step }: Turn): void {
  step('puts the request in the queue', (next, worker) => {
    next.runs[worker.run]!.request = 'waiting';
    goIdle(worker);
  });
}
