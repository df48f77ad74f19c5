/** One worker's turn in a state: what its statements are given, and how they say where they lead. */
import type { Kind } from '../search.ts';
import type { Emit, Rules } from './rules.ts';
import { goIdle } from './runlog.ts';
import { copy, type State, useUp, type Worker } from './state.ts';

export type Change = (next: State, worker: Worker) => void;

export interface Turn {
  s: State;
  now: Worker;
  rules: Rules;
  step: (label: string, change: Change, kind?: Kind) => void;
  /** A transaction in RunLog: it may also land without an answer, and then, as when RunLog is away, it is tried again. */
  runLogStep: (label: string, change: Change) => void;
}

export function turnOf(s: State, index: number, rules: Rules, emit: Emit): Turn {
  const now = s.workers[index]!;
  const step = (label: string, change: Change, kind: Kind = 'usual') => {
    const next = copy(s);
    change(next, next.workers[index]!);
    emit(next, label, kind, now.name);
  };
  const runLogStep = (label: string, change: Change) => {
    step(label, change);
    if (s.left.runLogAbsences > 0 && !rules.clauses.settleTriedAgain) {
      const givesUp: Change = (next, worker) => {
        useUp(next, 'runLogAbsences');
        goIdle(worker);
      };
      step(`${label}: RunLog is away, it gives up`, givesUp, 'fault');
    }
    if (s.left.runLogCuts === 0) return;
    const unanswered: Change = (next, worker) => {
      change(next, worker);
      Object.assign(worker, now);
      useUp(next, 'runLogCuts');
    };
    step(`${label}; that lands, but the answer is cut`, unanswered, 'fault');
  };
  return { s, now, rules, step, runLogStep };
}
