/** What the shape of an ingest allows and its judgement does not do yet: refused, so that nothing is silently left out. */
import type { IngestSpec } from './spec.ts';

/** Throws by `fail` when an ingest asks for what is not done. */
export function refuseUnfulfilled(spec: IngestSpec, fail: (why: string) => never): void {
  if (spec.unique.length > 0) fail('unique is not done yet.');
}
