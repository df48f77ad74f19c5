/** Waits until what was applied is Ready, and finds out why what is not is not. */
import { setTimeout as pause } from 'node:timers/promises';
import { KubectlError, kubectlJson } from './kubectl.ts';
import { type PodTrouble, podTroubles } from './pods.ts';
import { remedyFor } from './remedy.ts';
import { kindOf, type Resource, ResourceList, WAITED } from './resource.ts';
import { type State, stateOf } from './state.ts';

const SECOND = 1000;
/** So long, waiting is cheaper than explaining. */
const PATIENT = 20 * SECOND;

export type Outcome = State & { mend: string | null };

type Wait = {
  namespace: string;
  until: number;
  say(line: string): void;
  every?: number;
};

/** Resolves when all are ready, when a Job has failed, or at `until`. */
export async function waitReady(applied: readonly Resource[], wait: Wait): Promise<Outcome[]> {
  const { namespace, until, say, every = 2 * SECOND } = wait;
  const wanted = applied.filter((resource) => WAITED[kindOf(resource)]);
  const done = new Map<string, State>();
  let heard = Date.now();
  for (;;) {
    const states = await statesOf(wanted, namespace, done).catch((error: unknown) => {
      // A busy API server answers late; what was applied stays so.
      if (!(error instanceof KubectlError) || Date.now() > until) throw error;
      say(`asking again: ${error.message}`);
    });
    if (!states) {
      await pause(every);
      continue;
    }
    for (const [key, state] of states) {
      if (state.state !== 'ready' || done.has(key)) continue;
      done.set(key, state);
      say(`ready: ${state.kind} ${state.name} (${done.size} of ${wanted.length})`);
      heard = Date.now();
    }
    const open = [...states.values()].filter(({ state }) => state !== 'ready');
    const lost = open.find(({ kind, state }) => kind === 'Job' && state === 'failed');
    if (open.length === 0 || lost || Date.now() > until) return explained([...states.values()], namespace);
    if (Date.now() - heard > PATIENT) {
      const [first] = open;
      say(`waiting for ${open.length}, such as ${first?.kind} ${first?.name}: ${first?.why}`);
      heard = Date.now();
    }
    await pause(every);
  }
}

/** The states by kind and name; a Job that was seen to end well may be gone since. */
async function statesOf(wanted: readonly Resource[], namespace: string, done: ReadonlyMap<string, State>) {
  const kinds = [...new Set(wanted.map((resource) => WAITED[kindOf(resource)]))].join(',');
  const { items } = ResourceList.parse(await kubectlJson(['get', kinds, '-n', namespace]));
  const there = new Map(items.map((one) => [keyOf(one), one]));
  return new Map(
    wanted.map((resource): [string, State] => {
      const key = keyOf(resource);
      const found = there.get(key);
      const { kind, metadata } = resource;
      const gone: State = { kind, name: metadata.name, state: 'failed', why: 'it is not there' };
      const before = kind === 'Job' ? done.get(key) : undefined;
      return [key, before ?? (found ? stateOf(found) : gone)];
    }),
  );
}

const keyOf = (resource: Resource) => `${kindOf(resource)} ${resource.metadata.name}`;

/** What pods say is nearer to the cause than what their Service says. */
export async function explained(states: readonly State[], namespace: string): Promise<Outcome[]> {
  const troubles = states.every(({ state }) => state === 'ready') ? [] : await podTroubles(namespace);
  return states.map((state) => {
    if (state.state === 'ready') return { ...state, mend: null };
    const trouble = troubles.find(({ of }) => of === state.name);
    const why = trouble ? wordsOf(trouble) : state.why;
    return { ...state, why, mend: remedyFor(why, state.name) ?? null };
  });
}

const wordsOf = ({ reason, message, image }: PodTrouble) =>
  [reason, message, image].filter((word) => word !== '').join(': ');
