/** The oracle's evidence: each identity once, with the class of its first sight. */
import { createHash } from 'node:crypto';
import { LOAD, type Spec } from './dataset.ts';
import type { Conflict } from './fold.ts';
import { type Judged, saidBy } from './judged.ts';
import { absent, rules } from './rules.ts';
import type { SourceRow } from './source.ts';

/** Class by identity, and the kind of fault that it is. */
export type Evidence = Map<string, { class: string; kind: string }>;

/** Whose evidence it is. */
type Noted = { pipeline: string; evidence: Evidence };

/** What speaks against a row: the first reason to keep it out, if any; all of it is evidence. */
export type Verdict = { reason: string | undefined; warned: boolean; quarantined: boolean };

/** Judges a row by itself. One that cannot be read is asked no rule, unless that only warns: its value is null then. */
export function verdictOf(spec: Spec, given: SourceRow, row: Judged, noted: Noted): Verdict {
  const { key, values } = spec;
  const unread = [...key, ...values].filter((name) => row.cells[name]?.is === 'bad');
  for (const name of unread)
    note(noted, 'cast_errors', 'cast_errors', ['cast', row.id, name, given.cells[name]!]);
  const casts = unread.map((name) => `cast.${name}`);
  if (casts.some((name) => policyOf(spec, name) !== 'warn')) return verdict(spec, casts);
  const broken = rulesOf(spec).filter((rule) => rule.isBad(row.cells));
  for (const { name, of, sql } of broken) {
    const said = saidBy(sql ? [...key, ...values] : of, row);
    note(noted, 'data_quality_errors', name.split('.')[0]!, ['rule', row.id, name, said]);
  }
  return verdict(spec, [...casts, ...broken.map(({ name }) => name)]);
}

const policyOf = ({ policies }: Spec, name: string) => policies[name] ?? 'reject';

const verdict = (spec: Spec, names: readonly string[]): Verdict => ({
  reason: names.find((name) => policyOf(spec, name) !== 'warn'),
  warned: names.some((name) => policyOf(spec, name) === 'warn'),
  quarantined: names.some((name) => policyOf(spec, name) === 'quarantine'),
});

/** Conflicts are known by what lost, whoever won. */
export function noteConflicts(conflicts: readonly Conflict[], noted: Noted): void {
  for (const { class: kind, key, loser } of conflicts) note(noted, kind, kind, ['conflict', key, loser]);
}

type Part = string | bigint | null | readonly Part[];

function note({ pipeline, evidence }: Noted, klass: string, kind: string, parts: Part[]): void {
  const identity = createHash('sha256')
    .update(inJson([pipeline, LOAD, ...parts]))
    .digest('hex');
  if (!evidence.has(identity)) evidence.set(identity, { class: klass, kind });
}

/** As the database writes JSON. */
function inJson(part: Part): string {
  if (part === null) return 'null';
  if (typeof part === 'bigint') return String(part);
  return typeof part === 'string' ? JSON.stringify(part) : `[${part.map(inJson).join(', ')}]`;
}

/** The rules of a spec in the order in which they are asked: by column, then those in SQL; a key must be there. */
function rulesOf({ key, values, rules: chosen }: Spec) {
  const all = [...key.map(absent), ...rules.filter(({ name }) => chosen.includes(name))];
  const declared = [...key, ...values].flatMap((column) =>
    all.filter(({ of, sql }) => sql === undefined && of[0] === column),
  );
  return [...declared, ...all.filter(({ sql }) => sql !== undefined)];
}
