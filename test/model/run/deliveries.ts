/** The outbox of a run, the bag of its deliveries, and the claims that they lead to. */
import { startSlice } from './course.ts';
import { MAX_DEATHS, type Rules } from './rules.ts';
import { claim, deathsOf } from './runlog.ts';
import type { Run } from './state.ts';
import type { Around } from './surroundings.ts';

export function sends({ now, name, rules: { clauses }, step }: Around): void {
  for (const [checkpoint, row] of now.outbox.entries()) {
    if (row !== 'open' || now.bag[checkpoint]) continue;
    step(`${name}: the event of checkpoint ${checkpoint} is sent`, (_, run) => {
      run.bag[checkpoint] = true;
      if (!clauses.sweepResends) run.outbox[checkpoint] = 'sent';
      if (!clauses.outboxDoneByConsumer) run.outbox[checkpoint] = 'done';
    });
  }
}

export function claims({ which, now, name, rules, idle, step, begin }: Around): void {
  const { clauses } = rules;
  for (const [checkpoint, isThere] of now.bag.entries()) {
    const isDue = !clauses.claimDemandsCheckpoint || checkpoint === now.work.checkpoint;
    if (isThere && isDue && now.work.asleep && !clauses.earlyIsNotHeard) {
      step(`${name}: the event of checkpoint ${checkpoint} comes too early, counts as heard`, (_, run) => {
        run.bag[checkpoint] = false;
        run.outbox[checkpoint] = 'done';
      });
    }
    // A delivery that no worker may take now is as good as there: it may still be lost when one may.
    if (!isThere || !isDue || !mayClaim(now, rules)) continue;
    step(
      `${name}: the deliveries of checkpoint ${checkpoint} are lost`,
      (_, run) => {
        run.bag[checkpoint] = false;
      },
      'fault',
    );
    if (!idle) continue;
    begin(`claims ${name} at checkpoint ${checkpoint}`, (next, _, worker) => {
      claim(next, worker, which, checkpoint);
      startSlice(next, worker, rules);
    });
  }
}

function mayClaim({ work }: Run, { clauses }: Rules): boolean {
  if (work.asleep && clauses.sleepingIsNotClaimed) return false;
  const isDoomed = deathsOf(work) >= MAX_DEATHS;
  if (isDoomed && clauses.lastDeathIsNotClaimed) return false;
  return work.lease !== 'held' || !clauses.claimDemandsFreeLease;
}
