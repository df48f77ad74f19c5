/** The faults of workers and of the report database, and how the database mends itself after them. */
import { goAway, land, loseSession } from './report.ts';
import type { Emit, Kind, Rules } from './rules.ts';
import { goIdle, isOwner } from './runlog.ts';
import { copy, NO_BATCH, type State } from './state.ts';

/** The report database comes back; a COMMIT whose connection was cut lands or is undone. */
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
  } else if (s.left.absences > 0) {
    step(
      'the report database goes away',
      (next) => {
        next.left.absences -= 1;
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

/** A busy worker crashes, is stopped, or goes on after its lease was lost. */
export function workerFaults(s: State, index: number, { bounds }: Rules, emit: Emit): void {
  const now = s.workers[index]!;
  const step = (label: string, change: (next: State) => void, kind: Kind = 'fault') => {
    const next = copy(s);
    change(next);
    emit(next, label, kind, now.name);
  };
  if (now.stopped) {
    if (bounds.pooler && now.at === 'commit') {
      step('loses its idle transaction to the timeout', (next) => loseSession(next.workers[index]!), 'usual');
    }
    const keepsLease = isOwner(s, now) && s.runs[now.run]!.work.lease === 'held';
    if (!keepsLease) {
      step('goes on after the stop', (next) => {
        next.workers[index]!.stopped = false;
      });
    }
    return;
  }
  if (s.left.crashes > 0) {
    step(`crashes (next: ${now.at})`, (next) => {
      next.left.crashes -= 1;
      goIdle(next.workers[index]!);
    });
  }
  if (s.left.stops > 0) {
    step(`is stopped (next: ${now.at})`, (next) => {
      next.left.stops -= 1;
      next.workers[index]!.stopped = true;
    });
  }
}
