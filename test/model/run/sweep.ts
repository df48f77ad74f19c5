/** Leases that run out, and what `sweep` makes of work that nobody holds. */
import { startEnding } from './course.ts';
import { endingOf, goIdle, isOwner, runOut, takeUnheld } from './runlog.ts';
import type { State, Worker } from './state.ts';
import type { Around } from './surroundings.ts';

export function leaseRunsOut({ s, which, now, name, step }: Around): void {
  if (now.work.lease !== 'held' || s.workers.some((worker) => worker.run === which && renews(s, worker)))
    return;
  step(`${name}: the lease runs out`, (_, run) => runOut(run.work));
}

function renews(s: State, worker: Worker): boolean {
  return worker.at !== 'idle' && !worker.stopped && isOwner(s, worker);
}

export function sweepTakes({ which, now: { work }, name, rules, idle, begin }: Around): void {
  const { clauses } = rules;
  const ending = endingOf(work, clauses);
  const isOver = ending !== 'none' || (work.lease === 'expired' && clauses.sweepTakesBack);
  if (!idle || work.lease === 'held' || !isOver) return;
  const isSelected =
    !clauses.sweepLooksAgainAsItTakes || (ending !== 'none' && !clauses.epochStatementReturnsMark);
  const verb = isSelected ? 'selects' : 'takes the epoch of';
  begin(`${verb} ${name} ${ending === 'none' ? 'back' : `to end it: ${ending}`}`, (next, run, worker) => {
    goIdle(worker);
    const { touched, checkpoint } = run.work;
    Object.assign(worker, { run: which, ending, marked: touched, checkpoint });
    if (isSelected) {
      worker.at = 'take epoch of selected';
      return;
    }
    takeUnheld(next, worker, rules);
    if (ending === 'none') worker.at = 'give back';
    else startEnding(next, worker, rules);
  });
}
