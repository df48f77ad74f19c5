import type { Emit, Rules } from './rules.ts';
import { admit } from './runlog.ts';
import { copy, type State } from './state.ts';

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
