/** What the shape of an ingest allows and its judgement does not do yet: refused, so that nothing is silently left out. */
import type { IngestSpec } from './spec.ts';

/** Throws by `fail` when an ingest asks for what is not done. */
export function refuseUnfulfilled(spec: IngestSpec, fail: (why: string) => never): void {
  const { unique, contract } = spec;
  const asked = {
    unique: unique.length > 0,
    'contract.changed: discard value': contract.changed === 'discard value',
  };
  const [first] = Object.entries(asked).find(([, is]) => is) ?? [];
  if (first) fail(`${first} is not done yet.`);
}
