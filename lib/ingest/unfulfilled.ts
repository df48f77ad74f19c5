/** What the shape of an ingest allows and its judgement does not do yet: refused, so that nothing is silently left out. */
import { policyOf, rulesOf } from './rule-sql.ts';
import type { IngestSpec } from './spec.ts';

/** Throws by `fail` when an ingest asks for what is not done. */
export function refuseUnfulfilled(spec: IngestSpec, fail: (why: string) => never): void {
  const { unique, about, contract, onReject, columns } = spec;
  const policies = [
    ...Object.values(onReject.per ?? {}),
    ...rulesOf(spec).map((rule) => policyOf(spec, rule.name)),
  ];
  const asked = {
    'a policy other than reject': policies.some((policy) => policy !== 'reject'),
    unique: unique.length > 0,
    about: about !== undefined,
    'contract.changed: discard value': contract.changed === 'discard value',
    stored: Object.values(columns).some(({ stored }) => stored !== undefined),
  };
  const [first] = Object.entries(asked).find(([, is]) => is) ?? [];
  if (first) fail(`${first} is not done yet.`);
}
