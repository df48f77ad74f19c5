/**
 * One target table and its summary, written by the runs of a schedule and of a backfill at once (blueprint §7): all
 * steps from a state.
 *
 * A source of two rows, edited while it is read; a range that holds one of them; batches of one page; standbys that
 * lag behind the primary; workers that die and whose transactions are undone. The source's horizon is the number of its
 * edits: what commits out of order there is the window's own matter (test/lib/ingest). Left out: zombies and cut COMMITs
 * (the study of a run has them, for one scope), several pages, other pipelines, deletes.
 */
import type { Emit as EmitOf } from '../search.ts';
import { ingestSteps } from './ingest-steps.ts';
import { rollUpSteps } from './roll-up-steps.ts';
import {
  BACKFILL,
  goIdle,
  lengthOf,
  ROWS,
  type Rules,
  SCHEDULE,
  STATE,
  type State,
  type Worker,
} from './state.ts';

export interface Turn {
  s: State;
  now: Worker;
  which: number;
  rules: Rules;
  step: (label: string, change: (next: State, worker: Worker) => void, fault?: 'crashes' | 'lags') => void;
}

const NAMES = ['schedule', 'backfill'];

export function allSteps(s: State, rules: Rules, emit: EmitOf<State>): void {
  for (const [which, now] of s.workers.entries()) {
    const step: Turn['step'] = (label, change, fault) => {
      if (fault && s.left[fault] === 0) return;
      const next = STATE.copy(s);
      if (fault) next.left[fault] -= 1;
      change(next, next.workers[which]!);
      emit(next, label, fault ? 'fault' : 'usual', NAMES[which]);
    };
    const turn: Turn = { s, now, which, rules, step };
    if (now.at === 'idle') claims(turn);
    else {
      ingestSteps(turn);
      rollUpSteps(turn);
      step('dies, its transaction is undone', (_, worker) => goIdle(worker), 'crashes');
    }
  }
  if (s.left.edits === 0) return;
  for (const row of ROWS) {
    const next = STATE.copy(s);
    next.left.edits -= 1;
    next.edits[lengthOf(s)] = row + 1;
    emit(next, `row ${row + 1} of the source changes`, 'fault');
  }
}

/** A worker takes up the next run of the schedule, or the backfill's, and raises the fence of its scope. */
function claims({ s, which, rules, step }: Turn): void {
  const { clauses } = rules;
  const hasWork =
    which === BACKFILL ? !s.backfilled : s.watermark < lengthOf(s) || s.touched.some((times) => times > 0);
  if (!hasWork) return;
  step('a worker claims the run, raises its fence', (next, worker) => {
    const first = clauses.turnBeforeSnapshot ? 'turn' : 'read';
    worker.at = which === BACKFILL && s.rangeRead ? 'roll-up turn' : first;
    const other = next.workers[which === SCHEDULE ? BACKFILL : SCHEDULE]!;
    if (!clauses.backfillOwnScope && other.at !== 'idle') other.fenced = true;
  });
}
