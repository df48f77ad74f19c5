/** What a worker does next, by the statement that it stands at. */
import { choices } from './course.ts';
import { needsReport } from './report.ts';
import type { Emit, Rules } from './rules.ts';
import { leave } from './runlog.ts';
import type { State, Worker } from './state.ts';
import { batch, commit, raiseFence, remove, takeOutFirst } from './statements-report.ts';
import {
  admitSeen,
  drawEpoch,
  endRun,
  fallAsleep,
  giveBack,
  insertOutbox,
  leaveCheckpoint,
  mark,
  queueSeen,
  shipBooks,
  takeEpoch,
  takeEpochOfSelected,
} from './statements-runlog.ts';
import { type Turn, turnOf } from './turn.ts';

type Statement = (turn: Turn) => void;

const STATEMENTS: Record<Worker['at'], Statement> = {
  idle: () => {},
  refused: () => {},
  mark,
  raise: raiseFence,
  'raise late': raiseFence,
  read: (turn) => {
    for (const { label, kind, change } of choices(turn)) turn.step(label, change, kind);
  },
  batch,
  commit,
  ship: shipBooks,
  remove,
  'remove first': takeOutFirst,
  checkpoint: leaveCheckpoint,
  sleep: fallAsleep,
  draw: drawEpoch,
  'insert outbox': insertOutbox,
  'take epoch': takeEpoch,
  'take epoch of selected': takeEpochOfSelected,
  'give back': giveBack,
  end: endRun,
  'admit seen': admitSeen,
  'wait seen': queueSeen,
};

/** All steps that worker `index` may take from `s`. */
export function workerSteps(s: State, index: number, rules: Rules, emit: Emit): void {
  const turn = turnOf(s, index, rules, emit);
  if (!s.reportUp && needsReport(turn.now))
    turn.step('finds the report database away, leaves the run', (next, worker) => leave(next, worker, rules));
  else STATEMENTS[turn.now.at](turn);
}
