import { useUp } from './state.ts';
import type { Around } from './surroundings.ts';

/**
 * A person cancels; the hour of a wake-up comes; the run's time is over. Nobody may rely on an hour that may lie far
 * ahead to end what is cancelled or overdue.
 */
export function wishesAndClocks({ s, now: { work }, name, rules, step }: Around): void {
  if (work.asleep) {
    step(
      `${name}: the hour of its next attempt comes`,
      (_, run) => {
        run.work.asleep = false;
      },
      work.cancel || work.overdue ? 'fault' : 'usual',
    );
  }
  if (s.left.cancels > 0 && !work.cancel) {
    step(
      `${name}: somebody cancels it`,
      (next, run) => {
        run.work.cancel = true;
        if (rules.clauses.cancelWakesSleeper) run.work.asleep = false;
        useUp(next, 'cancels');
      },
      'fault',
    );
  }
  if (s.left.timeouts > 0 && !work.overdue) {
    step(
      `${name}: its time is over`,
      (next, run) => {
        run.work.overdue = true;
        useUp(next, 'timeouts');
      },
      'fault',
    );
  }
}
