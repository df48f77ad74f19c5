/**
 * The life of a run, composed (blueprint §6.3–6.5 and the fence of §7): the first state, all steps from a state, and one
 * form for states that differ in names only.
 *
 * Two requests of one lane, two workers, windows of two batches, a checkpoint a run may leave, one retry or two. A
 * delivery that is in the bag can be delivered any number of times, in any order, early or late, until it is lost: that
 * is more than any number of duplicates. A slice does as much as it likes between two checkpoints. A worker dies or is
 * stopped before any statement; a COMMIT without an answer lands at any later time or never. A wait for a lock has no
 * end here, which the code adds. What the model leaves out: time (a lease runs out only when its holder is gone, an hour
 * comes sooner or later), the parts of large evidence, aborted batches, Jobs, restored databases, slices without
 * progress that fail an attempt, more than one stop at once. Admission, targets and telling have models of their own.
 */
import { admissionSteps } from './admission.ts';
import type { Clause } from './clauses.ts';
import { reportSteps, workerFaults } from './faults.ts';
import { allEndedAndShipped, brokenIn, brokenWhenAllEnded } from './properties.ts';
import type { Emit, Rules } from './rules.ts';
import { goIdle, isOwner } from './runlog.ts';
import { AT, IDLE, NO_BATCH, NO_WORK, type Run, type State, type Worker } from './state.ts';
import { runSteps } from './surroundings.ts';
import { workerSteps } from './worker.ts';

/** Two requests to come in one lane, two idle workers, an empty report. */
export function firstState({ bounds }: Rules): State {
  const run = (): Run => ({
    request: 'not asked',
    admissions: 0,
    status: 'none',
    ends: 0,
    outbox: ['none', 'none'],
    bag: [false, false],
    work: { ...NO_WORK },
  });
  return {
    runs: [run(), run()],
    fence: 0,
    reportUp: true,
    rows: [],
    cut: { epoch: 0, batch: NO_BATCH },
    workers: ['A', 'B'].map((name) => ({ name, ...IDLE })),
    left: { ...bounds.faults },
    broken: '',
  };
}

/** Hands every state that one step leads to, in canonical form and judged, to `emit`. */
export function allSteps(s: State, rules: Rules, emit: Emit): void {
  const judged: Emit = (next, step, kind, worker) => {
    canonical(next, rules);
    next.broken ||= brokenIn(next, rules);
    if (!next.broken && allEndedAndShipped(next)) next.broken = brokenWhenAllEnded(next, rules);
    emit(next, step, kind, worker);
  };
  for (const [index, worker] of s.workers.entries()) {
    if (worker.at === 'idle') continue;
    if (!worker.stopped) workerSteps(s, index, rules, judged);
    workerFaults(s, index, rules, judged);
  }
  reportSteps(s, judged);
  for (const which of s.runs.keys()) admissionSteps(s, which, rules, judged);
  for (const which of s.runs.keys()) runSteps(s, which, rules, judged);
}

/** The statements that end the slice of a worker whose epoch is no longer the work's. */
const DEMANDS: Partial<Record<Worker['at'], Clause>> = {
  mark: 'demandEpochOnMark',
  ship: 'demandEpochOnShip',
  checkpoint: 'demandEpochOnCheckpoint',
  sleep: 'demandEpochOnCheckpoint',
  'give back': 'demandEpochOnCheckpoint',
  draw: 'demandEpochOnEnd',
  'take epoch': 'demandEpochOnEnd',
  refused: 'demandEpochOnEnd',
  end: 'demandEpochOnEnd',
};

/**
 * States that no property and no step tells apart become one: epochs are numbered by rank, workers sorted, what is
 * over for good forgotten (deliveries behind their work, outbox rows of ended runs, statements that will be refused).
 */
function canonical(s: State, { clauses }: Rules): void {
  for (const run of s.runs) {
    const isOver = run.status !== 'STARTED';
    for (let checkpoint = 0; checkpoint < run.bag.length; checkpoint += 1) {
      const isBehind = clauses.claimDemandsCheckpoint && checkpoint < run.work.checkpoint;
      if (isOver || isBehind) run.bag[checkpoint] = false;
      if (isOver && run.outbox[checkpoint] === 'done') run.outbox[checkpoint] = 'none';
    }
  }
  for (const worker of s.workers) {
    const demand = DEMANDS[worker.at];
    if (!demand || !clauses[demand] || isOwner(s, worker)) continue;
    // A stopped one keeps its place in the process until it goes on and is refused.
    const { run, stopped } = worker;
    goIdle(worker);
    if (stopped) Object.assign(worker, { at: 'refused', run, stopped });
  }
  rankEpochs(s);
  const [one, other] = s.workers as [Worker, Worker];
  if (order(one, other) > 0) s.workers = [other, one];
}

/** Numbers the epochs in use from 1, in their order; 0 stays 0. */
function rankEpochs(s: State): void {
  let used = 1 | (1 << s.fence) | (1 << s.cut.epoch);
  for (const run of s.runs) used |= 1 << run.work.epoch;
  for (const worker of s.workers) used |= (1 << worker.epoch) | (1 << worker.drawn);
  const isRanked = (used & (used + 1)) === 0;
  if (isRanked) return;
  const rank = (epoch: number): number => {
    let below = 0;
    for (let lower = 0; lower < epoch; lower += 1) below += (used >> lower) & 1;
    return below;
  };
  s.fence = rank(s.fence);
  s.cut = { ...s.cut, epoch: rank(s.cut.epoch) };
  for (const run of s.runs) run.work.epoch = rank(run.work.epoch);
  for (const worker of s.workers) {
    worker.epoch = rank(worker.epoch);
    worker.drawn = rank(worker.drawn);
  }
}

function order(a: Worker, b: Worker): number {
  return a.epoch - b.epoch || AT.indexOf(a.at) - AT.indexOf(b.at) || a.run - b.run;
}
