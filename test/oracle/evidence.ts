/** The oracle's evidence: each identity once, with the class of its first sight. */
import type { Spec } from './dataset.ts';
import type { Conflict } from './fold.ts';
import type { Judged } from './judged.ts';
import { absent, rules } from './rules.ts';
import type { SourceRow } from './source.ts';

/** Class by identity. */
export type Evidence = Map<string, string>;

/** Why a row is not taken: the first reason against it. All of them are evidence. */
export function reasonOf(spec: Spec, given: SourceRow, row: Judged, evidence: Evidence): string | undefined {
  const { key, values } = spec;
  const unread = [...key, ...values].filter((name) => row.cells[name]?.is === 'bad');
  for (const name of unread) note(evidence, 'cast_errors', ['cast', String(row.id), name, given.cells[name]]);
  if (unread.length > 0) return `cast.${unread[0]}`;
  const broken = rulesOf(spec).filter((rule) => rule.isBad(row.cells));
  for (const rule of broken) {
    const of = rule.sql ? [...key, ...values] : rule.of;
    const said = of
      .map((name) => row.cells[name])
      .map((cell) => (cell?.is === 'value' ? cell.value.same : null));
    note(evidence, 'data_quality_errors', ['rule', String(row.id), rule.name, said]);
  }
  return broken[0]?.name;
}

/** Conflicts are known by what lost, whoever won. */
export function noteConflicts(conflicts: readonly Conflict[], evidence: Evidence): void {
  for (const { class: kind, key, loser } of conflicts) note(evidence, kind, ['conflict', key, loser]);
}

/** Which kinds of faults there are: classes, and rules by their first word. */
export const kindsOf = (evidence: Evidence): string[] =>
  [...evidence].map(([identity, kind]) => /^\["rule","-?\d+","(\w+)/.exec(identity)?.[1] ?? kind);

function note(evidence: Evidence, kind: string, identity: unknown): void {
  const text = JSON.stringify(identity);
  if (!evidence.has(text)) evidence.set(text, kind);
}

/** The rules of a spec in the order in which they are asked: by column, then those in SQL; a key must be there. */
function rulesOf({ key, values, rules: chosen }: Spec) {
  const all = [...key.map(absent), ...rules.filter(({ name }) => chosen.includes(name))];
  const declared = [...key, ...values].flatMap((column) =>
    all.filter(({ of, sql }) => sql === undefined && of[0] === column),
  );
  return [...declared, ...all.filter(({ sql }) => sql !== undefined)];
}
