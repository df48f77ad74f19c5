/** A study: one model's clauses, the bounds in which it holds, and what is broken when a clause is taken out. */
import { type Finding, type Model, search } from './search.ts';

export type Clauses<C extends string> = Readonly<Record<C, boolean>>;

export interface Removal<C extends string, B> {
  within: B;
  breaks: string;
  /** Clauses that do the same alone, taken out as well: losing one of them all is safe. */
  together?: readonly C[];
}

interface Parts<S extends { broken: string }, C extends string, B extends { name: string }> {
  name: string;
  /** Each clause as the sentence that it is. */
  clauses: Readonly<Record<C, string>>;
  /** The bounds that `make test` explores. */
  scenarios: readonly B[];
  /** What `--large` adds. */
  large: readonly B[];
  removals: Readonly<Record<C, Removal<C, B>>>;
  model(clauses: Clauses<C>, bounds: B): Model<S>;
}

interface Search {
  name: string;
  run(): Finding;
}

export interface Study {
  name: string;
  scenarios: Search[];
  large: Search[];
  /** The searches without a clause, and those that lack a covered clause alone. */
  removals: (Search & { says: string; within: string; breaks: string; alone: Search[] })[];
}

export function study<S extends { broken: string }, C extends string, B extends { name: string }>({
  name,
  clauses,
  scenarios,
  large,
  removals,
  model,
}: Parts<S, C, B>): Study {
  const names = Object.keys(clauses) as C[];
  const searchWithout = (removed: readonly C[], bounds: B): Finding => {
    const kept = Object.fromEntries(names.map((clause) => [clause, !removed.includes(clause)]));
    return search(model(kept as Record<C, boolean>, bounds));
  };
  const inAll = (bounds: B): Search => ({ name: bounds.name, run: () => searchWithout([], bounds) });
  return {
    name,
    scenarios: scenarios.map(inAll),
    large: large.map(inAll),
    removals: names.map((clause) => {
      const { within, breaks, together = [] } = removals[clause];
      return {
        name: [clause, ...together].join(' and '),
        says: clauses[clause],
        within: within.name,
        breaks,
        run: () => searchWithout([clause, ...together], within),
        alone: together.length > 0 ? [{ name: clause, run: () => searchWithout([clause], within) }] : [],
      };
    }),
  };
}

/** A finding as lines: the broken property, then the steps that lead there, faults marked with `!`. */
export function narrate({ states, broken, trace }: Finding): string {
  const lines = trace.map(({ step, kind, who }, i) => {
    const mark = kind === 'fault' ? '!' : ' ';
    return `${String(i + 1).padStart(4)} ${mark} ${who ? `${who}: ` : ''}${step}`;
  });
  const verdict = broken ? `BROKEN after ${states} states: ${broken}` : `holds in all ${states} states`;
  return [verdict, ...lines].join('\n');
}
