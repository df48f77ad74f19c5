/** The transaction of a roll-up: the summary's turn, keys taken, table read, summary written. */
import { BACKFILL, goIdle, ROWS, type State, type Worker } from './state.ts';
import type { Turn } from './steps.ts';

const HOLDING: readonly Worker['at'][] = ['take', 'read table', 'commit summary'];

export function rollUpSteps({ s, now, which, rules, step }: Turn): void {
  const { clauses } = rules;
  const [first, second] = clauses.takenBeforeRead
    ? (['take', 'read table'] as const)
    : (['read table', 'take'] as const);
  const after = (statement: 'take' | 'read table') => (statement === first ? second : 'commit summary');
  const isTaken = s.workers.some((other) => other !== now && HOLDING.includes(other.at));
  if (now.at === 'roll-up turn' && !isTaken) {
    step("takes the summary's turn", (_, worker) => {
      worker.at = first;
    });
  }
  if (now.at === 'take') {
    step('takes the touched keys', (next, worker) => {
      worker.taken = [...next.touched];
      if (!clauses.takenWithSummary) remove(next, worker);
      worker.at = after('take');
    });
  }
  if (now.at === 'read table') {
    step('reads the table', (next, worker) => {
      worker.computed = [...next.table];
      worker.at = after('read table');
    });
  }
  if (now.at === 'commit summary') {
    step('writes the summary and COMMITs; its run ends', (next, worker) => {
      for (const row of ROWS) if (worker.taken[row]! > 0) next.summary[row] = worker.computed[row]!;
      if (clauses.takenWithSummary) remove(next, worker);
      if (which === BACKFILL) next.backfilled = true;
      goIdle(worker);
    });
  }
}

function remove(next: State, worker: Worker): void {
  for (const row of ROWS) next.touched[row]! -= worker.taken[row]!;
}
