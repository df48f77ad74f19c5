/** The transactions of RunLog (blueprint §6.2–6.5). Each changes a copy that the caller made. */

import type { Clause } from './clauses.ts';
import { brokenByEnd } from './properties.ts';
import type { Rules } from './rules.ts';
import { IDLE, NO_WORK, type Run, type State, type Status, type Work, type Worker } from './state.ts';

/** The next number of the one epoch sequence: above every epoch that anyone still remembers. */
export function newEpoch(s: State): number {
  const known = [s.fence, s.cut.epoch, ...s.runs.map((r) => r.work.epoch), ...s.workers.map((w) => w.epoch)];
  return Math.max(...known) + 1;
}

export function isOwner(s: State, worker: Worker): boolean {
  const run = s.runs[worker.run]!;
  return run.status === 'STARTED' && run.work.epoch === worker.epoch;
}

/** The end of a slice, or of an ender that cannot go on. */
export function goIdle(worker: Worker): void {
  Object.assign(worker, IDLE);
}

/** Whether a write of RunLog goes through; a worker that is told no ends its slice. */
export function demandEpoch(s: State, worker: Worker, clause: Clause, { clauses }: Rules): boolean {
  if (isOwner(s, worker)) return true;
  if (!clauses[clause]) {
    s.broken = 'nothing is written in RunLog by an old epoch';
    return true;
  }
  goIdle(worker);
  return false;
}

/** The first waiting request, if its lane has no live run. */
function admissible(s: State): Run | undefined {
  return s.runs.some((run) => run.status === 'STARTED')
    ? undefined
    : s.runs.find((r) => r.request === 'waiting');
}

export function admit(run: Run): void {
  run.request = 'live';
  run.admissions += 1;
  run.status = 'STARTED';
  run.work = { ...NO_WORK };
  run.outbox[0] = 'open';
}

export function runOut(work: Work): void {
  work.lease = 'expired';
  work.lapses += 1;
}

/** The claim: new epoch, lease, a death for an unreleased lease, the outbox row done. */
export function claim(s: State, worker: Worker, runIndex: number, checkpoint: number): void {
  const run = s.runs[runIndex]!;
  const work = run.work;
  if (work.lease !== 'free') work.deaths += 1;
  work.epoch = newEpoch(s);
  work.lease = 'held';
  run.outbox[checkpoint] = 'done';
  Object.assign(worker, IDLE, { run: runIndex, epoch: work.epoch, checkpoint, marked: work.touched });
}

/** Checkpoint + 1, lease release and the outbox row. */
export function checkpoint(s: State, worker: Worker, rules: Rules): void {
  if (!demandEpoch(s, worker, 'demandEpochOnCheckpoint', rules)) return;
  const run = s.runs[worker.run]!;
  const isBehind = worker.checkpoint !== run.work.checkpoint;
  if (isBehind && rules.clauses.checkpointNamesItself) {
    goIdle(worker);
    return;
  }
  if (isBehind) s.broken = 'a checkpoint is left once';
  // A holder that comes back before anybody took its lease was not dead.
  if (run.work.lease === 'expired') run.work.lapses -= 1;
  run.work.checkpoint = worker.checkpoint + 1;
  run.work.ingested = worker.ingested;
  run.work.lease = 'free';
  if (rules.clauses.outboxInSameTransaction) {
    run.outbox[run.work.checkpoint] = 'open';
    goIdle(worker);
  } else worker.at = 'insert outbox';
}

/** A slice that cannot reach the report database releases its lease and asks to be woken again. */
export function giveUp(s: State, worker: Worker): void {
  const run = s.runs[worker.run]!;
  if (isOwner(s, worker) && run.work.lease === 'held') {
    run.work.lease = 'free';
    run.outbox[run.work.checkpoint] = 'open';
  }
  goIdle(worker);
}

/** `sweep` takes an expired lease back for a retry; the epoch moves on, so the old holder is refused from here. */
export function takeBack(s: State, run: Run, { clauses }: Rules): void {
  run.work.deaths += 1;
  if (clauses.deathCountedOnce) run.work.lease = 'free';
  run.work.epoch = newEpoch(s);
  run.outbox[run.work.checkpoint] = 'open';
}

/** The last transaction of a run: status, work deleted, outbox closed, event, next request admitted. */
export function end(s: State, worker: Worker, status: Status, rules: Rules): void {
  if (!demandEpoch(s, worker, 'demandEpochOnEnd', rules)) return;
  const run = s.runs[worker.run]!;
  s.broken ||= brokenByEnd(s, worker.run, status);
  run.status = status;
  run.request = 'ran';
  run.ends += 1;
  run.work = { ...NO_WORK };
  if (rules.clauses.endClosesOutbox) run.outbox = run.outbox.map((row) => (row === 'none' ? row : 'done'));
  const next = rules.clauses.endAdmitsNext ? admissible(s) : undefined;
  if (next) admit(next);
  goIdle(worker);
}
