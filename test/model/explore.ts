/** Prints what the model finds: `node test/model/explore.ts [--large] [--clauses]`. */
import { CLAUSES, type Clause, clausesWithout } from './clauses.ts';
import { REMOVALS } from './removals.ts';
import { LARGE_SCENARIOS, SCENARIOS, type Scenario } from './scenarios.ts';
import { type Finding, search } from './search.ts';

/** A finding as lines: the broken property, then the steps that lead there, faults marked with `!`. */
export function narrate({ states, broken, trace }: Finding): string {
  const lines = trace.map(({ step, kind, worker }, i) => {
    const mark = kind === 'fault' ? '!' : ' ';
    return `${String(i + 1).padStart(4)} ${mark} ${worker ? `${worker}: ` : ''}${step}`;
  });
  const verdict = broken ? `BROKEN after ${states} states: ${broken}` : `holds in all ${states} states`;
  return [verdict, ...lines].join('\n');
}

/** Searches one scenario with every clause in place. */
export function explore(scenario: Scenario): Finding {
  return search({ clauses: clausesWithout(), bounds: scenario });
}

/** Searches with a clause taken out, in the smallest bounds that show what it is for. */
export function exploreWithout(clause: Clause): Finding {
  const { within, together } = REMOVALS[clause];
  const removed = together ? [clause, together] : [clause];
  return search({ clauses: clausesWithout(...removed), bounds: within });
}

function print(args: string[]): void {
  if (args.includes('--clauses')) {
    for (const clause of Object.keys(CLAUSES) as Clause[]) {
      const { within, together } = REMOVALS[clause];
      console.log(
        `\nwithout ${clause}${together ? ` and ${together}` : ''} (${CLAUSES[clause]}), with ${within.name}:`,
      );
      console.log(narrate(exploreWithout(clause)));
    }
    return;
  }
  const scenarios = args.includes('--large') ? [...SCENARIOS, ...LARGE_SCENARIOS] : SCENARIOS;
  for (const scenario of scenarios) {
    const start = performance.now();
    const finding = narrate(explore(scenario));
    console.log(`${scenario.name}: ${finding} (${((performance.now() - start) / 1000).toFixed(1)} s)`);
  }
}

if (import.meta.main) print(process.argv.slice(2));
