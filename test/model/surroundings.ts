/** What happens around the work of a run: the bag of deliveries, claims, leases that run out, `sweep`. */
import { startEnding, startSlice } from './course.ts';
import { type Emit, type Kind, MAX_DEATHS, type Rules } from './rules.ts';
import { admit, claim, goIdle, runOut, takeUnheld } from './runlog.ts';
import { copy, type Run, type State, type Status, useUp, type Work, type Worker } from './state.ts';

type Change = (next: State, run: Run, worker: Worker) => void;

/**
 * A request is planned and admitted in one transaction; later, `sweep` admits the next one of a lane with no live
 * run. Nobody looks at a waiting request before the live run is about to end, so it is asked for then or later: any
 * earlier is the same.
 */
export function admissionSteps(s: State, which: number, { clauses }: Rules, emit: Emit): void {
  const { request } = s.runs[which]!;
  const live = s.runs.find((run) => run.request === 'live');
  const isFirst = s.runs.every((run, i) => run.request !== 'waiting' || i >= which);
  const isNew = request === 'not asked' && (which === 0 || isHandled(s, which - 1));
  const isTime = !live || !clauses.admissionLocksPipeline || s.workers.some((worker) => worker.at === 'end');
  const isSweep = request === 'waiting' && !live && isFirst && clauses.sweepAdmits;
  if (isInHand(s, which) || !((isNew && isTime) || isSweep)) return;

  const who = isNew ? 'trigger' : 'sweep';
  const mayAdmit = !live && isFirst;
  const next = copy(s);
  if (clauses.admissionLocksPipeline) {
    if (mayAdmit) admit(next.runs[which]!);
    else next.runs[which]!.request = 'waiting';
    emit(next, `${who}: request ${which + 1} is ${mayAdmit ? 'admitted' : 'put in the queue'}`, 'usual');
    return;
  }
  const idle = next.workers.find((worker) => worker.at === 'idle');
  if (!idle) return;
  Object.assign(idle, { at: mayAdmit ? 'admit seen' : 'wait seen', run: which });
  emit(next, `${who}, for request ${which + 1}: sees ${live ? 'a' : 'no'} live run`, 'usual', idle.name);
}

function isHandled(s: State, which: number): boolean {
  return s.runs[which]!.request !== 'not asked' || isInHand(s, which);
}

function isInHand(s: State, which: number): boolean {
  return s.workers.some((w) => (w.at === 'admit seen' || w.at === 'wait seen') && w.run === which);
}

/** All steps that concern one live run and begin at no busy worker. */
export function runSteps(s: State, which: number, rules: Rules, emit: Emit): void {
  const { clauses } = rules;
  const now = s.runs[which]!;
  const work = now.work;
  if (now.status !== 'STARTED') return;
  const idle = s.workers.findIndex((worker) => worker.at === 'idle');
  const step = (label: string, change: Change, kind: Kind = 'usual', worker?: Worker) => {
    const next = copy(s);
    change(next, next.runs[which]!, next.workers[Math.max(idle, 0)]!);
    emit(next, label, kind, worker?.name);
  };
  const name = `run ${which + 1}`;

  for (const [checkpoint, row] of now.outbox.entries()) {
    if (row === 'open' && !now.bag[checkpoint]) {
      step(`${name}: the event of checkpoint ${checkpoint} is sent`, (_, run) => {
        run.bag[checkpoint] = true;
        if (!clauses.sweepResends) run.outbox[checkpoint] = 'sent';
        if (!clauses.outboxDoneByConsumer) run.outbox[checkpoint] = 'done';
      });
    }
  }
  for (const [checkpoint, isThere] of now.bag.entries()) {
    const isDue = !clauses.claimDemandsCheckpoint || checkpoint === work.checkpoint;
    // A delivery that no worker may take now is as good as there: it may still be lost when one may.
    if (!isThere || !isDue || !mayClaim(now, rules)) continue;
    step(
      `${name}: the deliveries of checkpoint ${checkpoint} are lost`,
      (_, run) => {
        run.bag[checkpoint] = false;
      },
      'fault',
    );
    if (idle >= 0) {
      step(
        `claims ${name} at checkpoint ${checkpoint}`,
        (next, _, worker) => {
          claim(next, worker, which, checkpoint);
          startSlice(next, worker, rules);
        },
        'usual',
        s.workers[idle],
      );
    }
  }

  if (work.lease === 'held' && !s.workers.some((worker) => renews(worker, which, now))) {
    step(`${name}: the lease runs out`, (_, run) => runOut(run.work));
  }
  const ending: Status = work.cancel ? 'CANCELLED' : deathsOf(work) >= MAX_DEATHS ? 'ERROR' : 'none';
  const isOver = ending !== 'none' || (work.lease === 'expired' && clauses.sweepTakesBack);
  if (idle >= 0 && work.lease !== 'held' && isOver) {
    const isSelected = ending !== 'none' && !clauses.epochStatementReturnsMark;
    const label = `${isSelected ? 'selects' : 'takes the epoch of'} ${name} ${ending === 'none' ? 'back' : `to end it: ${ending}`}`;
    step(
      label,
      (next, run, worker) => {
        goIdle(worker);
        Object.assign(worker, {
          run: which,
          ending,
          marked: run.work.touched,
          checkpoint: run.work.checkpoint,
        });
        if (isSelected) worker.at = 'take epoch of selected';
        else {
          takeUnheld(next, worker, rules);
          if (ending === 'none') worker.at = 'give back';
          else startEnding(next, worker, rules);
        }
      },
      'usual',
      s.workers[idle],
    );
  }
  if (s.left.cancels > 0 && !work.cancel) {
    step(
      `${name}: somebody cancels it`,
      (next, run) => {
        run.work.cancel = true;
        useUp(next, 'cancels');
      },
      'fault',
    );
  }
}

function mayClaim({ work }: Run, { clauses }: Rules): boolean {
  const isDoomed = deathsOf(work) >= MAX_DEATHS;
  if (isDoomed && clauses.lastDeathIsNotClaimed) return false;
  return work.lease !== 'held' || !clauses.claimDemandsFreeLease;
}

/** Deaths counted, and the one that an unreleased lease tells of. */
function deathsOf(work: Work): number {
  return work.deaths + (work.lease === 'expired' ? 1 : 0);
}

function renews(worker: Worker, which: number, { work }: Run): boolean {
  return worker.at !== 'idle' && worker.run === which && worker.epoch === work.epoch && !worker.stopped;
}
