/** The faults of workers and of the report database, and how the database mends itself after them. */
import type { Kind } from '../search.ts';
import { goAway, land, loseSession, needsReport } from './report.ts';
import type { Emit, Rules } from './rules.ts';
import { goIdle, isOwner, runOut } from './runlog.ts';
import { copy, NO_BATCH, type State, useUp, type Worker } from './state.ts';

/** The report database goes away, as soon as anybody would notice, and comes back; a COMMIT whose connection was cut lands or is undone. */
export function reportSteps(s: State, emit: Emit): void {
  const step = (label: string, change: (next: State) => void, kind: Kind = 'usual') => {
    const next = copy(s);
    change(next);
    emit(next, label, kind);
  };
  if (!s.reportUp) {
    step('the report database is back', (next) => {
      next.reportUp = true;
    });
  } else if (s.left.absences > 0 && (s.cut.epoch !== 0 || s.workers.some(needsReport))) {
    step(
      'the report database goes away',
      (next) => {
        useUp(next, 'absences');
        goAway(next);
      },
      'fault',
    );
  }
  if (s.cut.epoch === 0) return;
  step('the cut COMMIT lands', (next) => {
    const { batch } = next.cut;
    next.cut = { epoch: 0, batch: NO_BATCH };
    land(next, batch);
  });
  step('the cut COMMIT is undone', (next) => {
    next.cut = { epoch: 0, batch: NO_BATCH };
  });
}

/**
 * A busy worker crashes, is stopped, or goes on after the stop. Until its lease runs out, nobody can tell it from a
 * slow one, so the lease runs out in the same step; then others run on, and a stopped one may go on in between.
 */
export function workerFaults(s: State, index: number, { bounds }: Rules, emit: Emit): void {
  const now = s.workers[index]!;
  const step = (label: string, change: (worker: Worker) => void, kind: Kind = 'fault') => {
    const next = copy(s);
    change(next.workers[index]!);
    emit(next, label, kind, now.name);
  };
  const loseLease = (label: string, change: (next: State, worker: Worker) => void) => {
    const next = copy(s);
    const holds = isOwner(s, now) && s.runs[now.run]!.work.lease === 'held';
    if (holds) runOut(next.runs[now.run]!.work);
    change(next, next.workers[index]!);
    emit(
      next,
      `${label} before it could: ${now.at}${holds ? '; its lease runs out' : ''}`,
      'fault',
      now.name,
    );
  };
  if (now.stopped) {
    if (bounds.pooler && now.at === 'commit') {
      step('loses its idle transaction to the timeout', loseSession, 'usual');
    }
    step('goes on', (worker) => {
      worker.stopped = false;
    });
    return;
  }
  if (s.left.crashes > 0) {
    loseLease('crashes', (next, worker) => {
      useUp(next, 'crashes');
      goIdle(worker);
    });
  }
  if (s.left.stops > 0) {
    loseLease('is stopped', (next, worker) => {
      useUp(next, 'stops');
      worker.stopped = true;
    });
  }
}
