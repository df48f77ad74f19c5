/** What happens around the work of one live run and begins at no busy worker. */
import type { Kind } from '../search.ts';
import { claims, sends } from './deliveries.ts';
import type { Emit, Rules } from './rules.ts';
import { copy, type Run, type State, type Worker } from './state.ts';
import { leaseRunsOut, sweepTakes } from './sweep.ts';
import { wishesAndClocks } from './wishes-and-clocks.ts';

type Change = (next: State, run: Run, worker: Worker) => void;

export interface Around {
  s: State;
  which: number;
  /** The run and its name in traces. */
  now: Run;
  name: string;
  rules: Rules;
  /** An idle worker, when there is one. */
  idle: Worker | undefined;
  step: (label: string, change: Change, kind?: Kind) => void;
  /** A step by which the idle worker becomes busy. */
  begin: (label: string, change: Change) => void;
}

export function runSteps(s: State, which: number, rules: Rules, emit: Emit): void {
  const now = s.runs[which]!;
  if (now.status !== 'STARTED') return;
  const at = s.workers.findIndex((worker) => worker.at === 'idle');
  const idle = s.workers[at];
  const take = (label: string, change: Change, kind: Kind, who?: string) => {
    const next = copy(s);
    change(next, next.runs[which]!, next.workers[Math.max(at, 0)]!);
    emit(next, label, kind, who);
  };
  const around: Around = {
    s,
    which,
    now,
    name: `run ${which + 1}`,
    rules,
    idle,
    step: (label, change, kind = 'usual') => take(label, change, kind),
    begin: (label, change) => take(label, change, 'usual', idle?.name),
  };
  sends(around);
  claims(around);
  leaseRunsOut(around);
  sweepTakes(around);
  wishesAndClocks(around);
}
