import { redactJson } from '../logs/redact-json.ts';

/** Changes that are listed at most. */
const MOST_CHANGES = 200;

/** One place where two JSON values differ; seen from `a`, which has what is `added` and lacks what is `removed`. */
export type ParamChange = {
  /** A JSON Pointer. */
  path: string;
  change: 'added' | 'removed' | 'changed';
  a?: unknown;
  b?: unknown;
};

type Side = { raw: unknown; shown: unknown };

/** Where params differ; secrets are compared, and never shown. */
export function diffParams(a: object | null, b: object | null): { changes: ParamChange[]; more: boolean } {
  const changes = [...differences('', sideOf(a ?? {}), sideOf(b ?? {}))];
  return { changes: changes.slice(0, MOST_CHANGES), more: changes.length > MOST_CHANGES };
}

const sideOf = (raw: unknown): Side => ({ raw, shown: redactJson(raw) });

function* differences(path: string, a: Side, b: Side): Generator<ParamChange> {
  const [inA, inB] = [membersOf(a), membersOf(b)];
  if (!inA || !inB || Array.isArray(a.raw) !== Array.isArray(b.raw)) {
    if (JSON.stringify(a.raw) !== JSON.stringify(b.raw))
      yield { path, change: 'changed', a: a.shown, b: b.shown };
    return;
  }
  for (const name of new Set([...inA.keys(), ...inB.keys()])) {
    const [mine, other] = [inA.get(name), inB.get(name)];
    const at = `${path}/${name.replaceAll('~', '~0').replaceAll('/', '~1')}`;
    if (mine && other) yield* differences(at, mine, other);
    else if (mine) yield { path: at, change: 'added', a: mine.shown };
    else if (other) yield { path: at, change: 'removed', b: other.shown };
  }
}

/** What is inside, by shown name; undefined of what has no inside, or whose inside is hidden. */
function membersOf({ raw, shown }: Side): Map<string, Side> | undefined {
  if (typeof raw !== 'object' || raw === null || typeof shown !== 'object' || shown === null)
    return undefined;
  const values = Object.values(raw);
  // Hiding renames and empties members, and keeps their order.
  return new Map(
    Object.entries(shown).map(([name, value], nth): [string, Side] => [
      name,
      { raw: values[nth], shown: value },
    ]),
  );
}
