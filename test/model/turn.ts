/** One worker's turn in a state: what its statements are given, and how they say where they lead. */
import type { Emit, Kind, Rules } from './rules.ts';
import { copy, type State, useUp, type Worker } from './state.ts';

export type Change = (next: State, worker: Worker) => void;

export interface Turn {
  s: State;
  now: Worker;
  rules: Rules;
  step: (label: string, change: Change, kind?: Kind) => void;
  /** A transaction in RunLog: it may also land without an answer, and then the worker tries it again. */
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
