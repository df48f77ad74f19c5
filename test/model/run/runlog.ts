/** The transactions of RunLog (blueprint §6.2–6.5). Each changes a copy that the caller made. */

import type { Clauses } from '../study.ts';
import type { Clause } from './clauses.ts';
import { ASLEEP, brokenByEnd } from './properties.ts';
import { MAX_DEATHS, type Rules } from './rules.ts';
import { IDLE, NO_WORK, type Run, type State, type Status, type Work, type Worker } from './state.ts';

/** The next number of the one epoch sequence: above every epoch that anyone still remembers. */
export function newEpoch(s: State): number {
  const known = [
    s.fence,
    s.cut.epoch,
    ...s.runs.map((r) => r.work.epoch),
    ...s.workers.map((w) => Math.max(w.epoch, w.drawn)),
  ];
  return Math.max(...known) + 1;
}

/** Whether the work has the worker's epoch, or the one that it drew to end the run by. */
export function isOwner(s: State, worker: Worker): boolean {
  const { status, work } = s.runs[worker.run]!;
  return status === 'STARTED' && (work.epoch === worker.epoch || hasTaken(work, worker));
}

/** Whether the worker's taking landed before, without its answer. */
export const hasTaken = (work: Work, worker: Worker) => worker.drawn > 0 && work.epoch === worker.drawn;

/** The end of a slice, or of an ender that cannot go on. */
export function goIdle(worker: Worker): void {
  Object.assign(worker, IDLE);
}

/** Whether a write of RunLog goes through: it demands the epoch and a lease that was not released. */
export function demandEpoch(s: State, worker: Worker, clause: Clause, { clauses }: Rules): boolean {
  const isReleased = s.runs[worker.run]!.work.lease === 'free';
  if (isOwner(s, worker) && !(isReleased && clauses.demandUnreleasedLease)) return true;
  if (!isOwner(s, worker) && !clauses[clause]) {
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

/** Deaths counted, and the one that an unreleased lease tells of. */
export function deathsOf(work: Work): number {
  return work.deaths + (work.lease === 'expired' ? 1 : 0);
}

/** The end that `sweep` finds called for in work that nobody holds. */
export function endingOf(work: Work, clauses: Clauses<Clause>): Status {
  if (work.cancel && clauses.sweepEndsFlagged) return 'CANCELLED';
  if (work.overdue && clauses.sweepEndsOverdue) return 'TIMEOUT';
  return deathsOf(work) >= MAX_DEATHS ? 'ERROR' : 'none';
}

export function runOut(work: Work): void {
  work.lease = 'expired';
  work.lapses += 1;
}

/** The claim: new epoch, lease, a death for an unreleased lease, the outbox row done. */
export function claim(s: State, worker: Worker, runIndex: number, checkpoint: number): void {
  const run = s.runs[runIndex]!;
  const work = run.work;
  if (work.asleep) s.broken = ASLEEP;
  if (work.lease !== 'free') work.deaths += 1;
  work.epoch = newEpoch(s);
  work.lease = 'held';
  if (work.deaths >= MAX_DEATHS) s.broken = 'a run that died too often is not tried again';
  run.outbox[checkpoint] = 'done';
  Object.assign(worker, IDLE, { run: runIndex, epoch: work.epoch, checkpoint, marked: work.touched });
}

/** Checkpoint + 1, lease release and the outbox row. */
export function checkpoint(s: State, worker: Worker, rules: Rules): void {
  if (!demandEpoch(s, worker, 'demandEpochOnCheckpoint', rules)) return;
  const run = s.runs[worker.run]!;
  if (worker.checkpoint !== run.work.checkpoint) s.broken = 'a checkpoint is left once';
  run.work.checkpoint = worker.checkpoint + 1;
  run.work.ingested = worker.ingested;
  release(run.work);
  progress(run.work, rules.clauses);
  if (rules.clauses.outboxInSameTransaction) {
    run.outbox[run.work.checkpoint] = 'open';
    goIdle(worker);
  } else worker.at = 'insert outbox';
}

/**
 * Leaves the run for later where it stands: a slice or an ender that cannot reach the report database, or `sweep` with
 * a lease that it took back. (The code counts a checkpoint here too; that would only make the numbers grow.)
 */
export function leave(s: State, worker: Worker, rules: Rules): void {
  if (!demandEpoch(s, worker, 'demandEpochOnCheckpoint', rules)) return;
  const run = s.runs[worker.run]!;
  release(run.work);
  if (!rules.clauses.onlyProgressForgetsDeaths) run.work.deaths = 0;
  run.outbox[run.work.checkpoint] = 'open';
  goIdle(worker);
}

/** Leaves a run that failed to sleep until its next attempt. */
export function sleep(s: State, worker: Worker, { clauses, bounds }: Rules): void {
  if (!demandEpoch(s, worker, 'demandEpochOnCheckpoint', { clauses, bounds })) return;
  const run = s.runs[worker.run]!;
  release(run.work);
  run.work.asleep = !(run.work.cancel && clauses.flaggedDoesNotSleep);
  if (worker.seen > 0) progress(run.work, clauses);
  run.work.failed += 1;
  if (clauses.retryTakesNextAttempt) run.work.retries += 1;
  if (run.work.failed >= bounds.attempts) s.broken = 'a run fails no more often than its policy allows';
  run.outbox[run.work.checkpoint] = 'open';
  goIdle(worker);
}

function progress(work: Work, clauses: Clauses<Clause>): void {
  work.lapses = 0;
  if (clauses.progressForgetsDeaths) work.deaths = 0;
}

function release(work: Work): void {
  // A holder that comes back before anybody took its lease was not dead.
  if (work.lease === 'expired') work.lapses -= 1;
  work.lease = 'free';
}

/** `sweep` or a canceller takes the epoch of work that nobody holds, and counts the death of who held it. */
export function takeUnheld(s: State, worker: Worker, { clauses }: Rules): void {
  const work = s.runs[worker.run]!.work;
  const isDead = work.lease === 'expired';
  if (isDead) work.deaths += 1;
  if (!isDead || clauses.deathCountedOnce) work.lease = 'held';
  takeEpoch(s, worker, clauses.enderTakesNewEpoch ? newEpoch(s) : work.epoch);
}

/** The run's own worker takes a new epoch by naming its own. */
export function takeFromOwn(s: State, worker: Worker, { clauses }: Rules): void {
  const work = s.runs[worker.run]!.work;
  if (work.lease === 'expired') work.lapses -= 1;
  work.lease = 'held';
  takeEpoch(s, worker, clauses.enderTakesNewEpoch ? worker.drawn : work.epoch);
}

function takeEpoch(s: State, worker: Worker, epoch: number): void {
  worker.epoch = epoch;
  worker.drawn = 0;
  s.runs[worker.run]!.work.epoch = epoch;
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
