/** Breadth-first search over all states of a model, with the shortest trace to a broken property or to a dead end. */
import { type Codec, type StateTable, stateTable } from './state-table.ts';

/** `usual` steps happen sooner or later; `fault` steps (also a person's wish) may never happen. */
export type Kind = 'usual' | 'fault';
export type Emit<S> = (next: S, step: string, kind: Kind, who?: string) => void;

export interface Model<S extends { broken: string }> {
  first: S;
  /** Hands on every state that one step leads to, in canonical form, `broken` naming the property that it breaks. */
  steps(s: S, emit: Emit<S>): void;
  isGoal(s: S): boolean;
  /** The property that some goal can be reached from every state by usual steps alone. */
  stuck: string;
  codec: Codec<S>;
}

interface TraceStep<S> {
  step: string;
  kind: Kind;
  who: string | undefined;
  state: S;
}

export interface Finding {
  states: number;
  /** The broken property, or nothing when all hold. */
  broken: string | undefined;
  trace: Omit<TraceStep<unknown>, 'state'>[];
}

export function search<S extends { broken: string }>(model: Model<S>): Finding {
  const table = stateTable(model.codec);
  const parents: number[] = [-1];
  const edges: [number[], number[]] = [[], []];
  const goals: number[] = [];
  let broken: { property: string; parent: number } | undefined;
  table.add(model.first);

  for (let from = 0; from < table.size() && !broken; from += 1) {
    const s = table.get(from);
    if (model.isGoal(s)) goals.push(from);
    model.steps(s, (next, _step, kind) => {
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
    const trace = traceTo(broken.parent, parents, table, model);
    const last = oneStep(trace, model, (next) => next.broken !== '');
    return { states, broken: broken.property, trace: [...trace, last] };
  }
  const stuck = firstThatCannotReach(goals, edges, states);
  if (stuck === undefined) return { states, broken: undefined, trace: [] };
  return { states, broken: model.stuck, trace: traceTo(stuck, parents, table, model) };
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

/** Repeats the search's way to a state; the states of the trace keep the names that only traces need. */
function traceTo<S extends { broken: string }>(
  index: number,
  parents: number[],
  table: StateTable<S>,
  model: Model<S>,
): TraceStep<S>[] {
  const path: number[] = [];
  for (let at = index; at > 0; at = parents[at]!) path.unshift(at);
  const trace: TraceStep<S>[] = [];
  for (const to of path) trace.push(oneStep(trace, model, (next) => !next.broken && table.add(next) === to));
  return trace;
}

function oneStep<S extends { broken: string }>(
  trace: TraceStep<S>[],
  model: Model<S>,
  leadsThere: (next: S) => boolean,
): TraceStep<S> {
  let taken: TraceStep<S> | undefined;
  model.steps(trace.at(-1)?.state ?? model.first, (next, step, kind, who) => {
    if (!taken && leadsThere(next)) taken = { step, kind, who, state: next };
  });
  return taken!;
}
