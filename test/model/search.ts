/** Breadth-first search over all states, with the shortest trace to a broken property or to a state without a way out. */
import { allEndedAndShipped } from './properties.ts';
import { allSteps, firstState } from './protocol.ts';
import type { Kind, Rules } from './rules.ts';
import type { State } from './state.ts';
import { type StateTable, stateTable } from './state-table.ts';

/** The property of every state: with the faults at an end, all requests can still end and be shipped. */
export const STUCK = 'from every state all requests can end and be shipped';

interface TraceStep {
  step: string;
  kind: Kind;
  worker: string | undefined;
  state: State;
}

export interface Finding {
  states: number;
  /** The broken property, or nothing when all hold. */
  broken: string | undefined;
  trace: TraceStep[];
}

export function search(rules: Rules): Finding {
  const table = stateTable();
  const parents: number[] = [-1];
  const edges: [number[], number[]] = [[], []];
  const goals: number[] = [];
  let broken: { property: string; parent: number } | undefined;
  table.add(firstState(rules));

  for (let from = 0; from < table.size() && !broken; from += 1) {
    const s = table.get(from);
    if (allEndedAndShipped(s)) goals.push(from);
    allSteps(s, rules, (next, _step, kind) => {
      if (broken) return;
      if (next.broken) {
        broken = { property: next.broken, parent: from };
        return;
      }
      const to = table.add(next);
      if (to === parents.length) parents.push(from);
      if (kind === 'usual') {
        edges[0].push(from);
        edges[1].push(to);
      }
    });
  }

  const states = table.size();
  if (broken) {
    const trace = traceTo(broken.parent, parents, table, rules);
    const last = oneStep(trace, rules, (next) => next.broken !== '');
    return { states, broken: broken.property, trace: [...trace, last] };
  }
  const stuck = firstThatCannotReach(goals, edges, states);
  if (stuck === undefined) return { states, broken: undefined, trace: [] };
  return { states, broken: STUCK, trace: traceTo(stuck, parents, table, rules) };
}

/** The first state, in the order of the search, from which no usual steps lead to a goal. */
function firstThatCannotReach(
  goals: number[],
  [from, to]: [number[], number[]],
  states: number,
): number | undefined {
  const starts = new Int32Array(states + 1);
  for (const target of to) starts[target + 1]! += 1;
  for (let i = 0; i < states; i += 1) starts[i + 1]! += starts[i]!;
  const sources = new Int32Array(to.length);
  const filled = starts.slice();
  for (const [edge, target] of to.entries()) sources[filled[target]!++] = from[edge]!;

  const reaches = new Uint8Array(states);
  const queue = [...goals];
  for (const goal of goals) reaches[goal] = 1;
  for (let target = queue.pop(); target !== undefined; target = queue.pop()) {
    for (let i = starts[target]!; i < starts[target + 1]!; i += 1) {
      const source = sources[i]!;
      if (reaches[source]) continue;
      reaches[source] = 1;
      queue.push(source);
    }
  }
  const stuck = reaches.indexOf(0);
  return stuck === -1 ? undefined : stuck;
}

/** Repeats the search's way to a state; the states of the trace keep their workers' names. */
function traceTo(index: number, parents: number[], table: StateTable, rules: Rules): TraceStep[] {
  const path: number[] = [];
  for (let at = index; at > 0; at = parents[at]!) path.unshift(at);
  const trace: TraceStep[] = [];
  for (const to of path) trace.push(oneStep(trace, rules, (next) => !next.broken && table.add(next) === to));
  return trace;
}

function oneStep(trace: TraceStep[], rules: Rules, leadsThere: (next: State) => boolean): TraceStep {
  let taken: TraceStep | undefined;
  allSteps(trace.at(-1)?.state ?? firstState(rules), rules, (next, step, kind, worker) => {
    if (!taken && leadsThere(next)) taken = { step, kind, worker, state: next };
  });
  return taken!;
}
