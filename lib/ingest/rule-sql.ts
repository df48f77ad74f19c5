/** The rules of an ingest as SQL that is true for a bad row. */
import { ident, literal, table } from '../db/quote.ts';
import type { Column, ColumnType, IngestSpec, Policy } from './spec.ts';

export type Rule = {
  name: string;
  /** SQL over the typed columns of the row; what it asks of other tables is asked by names that no column can have. */
  sql: string;
  policy: Policy;
  errorType: 'constraint_violation' | 'fractional_volume';
  /** The columns whose values say why; of a rule of one's own nobody knows. */
  columns: readonly string[];
};

/** Every rule that a row can be asked by itself, in the order in which they are asked. */
export function rulesOf(spec: IngestSpec): Rule[] {
  const ofColumns = Object.entries(spec.columns).flatMap(([name, column]) => columnRules(spec, name, column));
  const own = Object.entries(spec.rules).map(([name, { reject }]) =>
    rule(spec, `rule.${name}`, `(${reject})`, []),
  );
  return [...ofColumns, ...own];
}

/** The rules that forbid two things to have the same: of rows that no other rule rejects, and beside what is written. */
export const uniqueRulesOf = (spec: IngestSpec): Rule[] =>
  spec.unique.map((columns) => rule(spec, uniqueName(columns), takenSql(spec, columns), columns));

const uniqueName = (columns: readonly string[]) => `unique.${columns.join('_')}`;

/** What becomes of a row that breaks the rule of this name. What has no key, or cannot be read, cannot be written. */
export function policyOf({ onReject, rules, key }: IngestSpec, name: string): Policy {
  const named = onReject.per?.[name];
  if (named) return named;
  const own = name.startsWith('rule.') ? rules[name.slice('rule.'.length)]?.policy : undefined;
  const policy = own ?? onReject.policy ?? 'reject';
  const isNeeded =
    name.startsWith('cast.') || name.startsWith('unique.') || key.some((column) => name === `null.${column}`);
  return policy === 'warn' && isNeeded ? 'reject' : policy;
}

function rule(spec: IngestSpec, name: string, sql: string, columns: readonly string[]): Rule {
  const errorType = name.startsWith('fractional.') ? 'fractional_volume' : 'constraint_violation';
  return { name, sql, policy: policyOf(spec, name), errorType, columns };
}

function columnRules(spec: IngestSpec, name: string, column: Column): Rule[] {
  const value = ident(name);
  const { type, required, min, max, whole, matches, references } = column;
  const bounds = [
    ...(min === undefined ? [] : [`${value} < ${valueSql(min, type)}`]),
    ...(max === undefined ? [] : [`${value} > ${valueSql(max, type)}`]),
  ];
  const values = column.in?.map((one) => valueSql(one, type)).join(', ');
  const made: [string, string | false | undefined][] = [
    ['null', (required || spec.key.includes(name)) && `${value} is null`],
    ['range', bounds.length > 0 && `(${bounds.join(' or ')})`],
    ['fractional', whole && `${value} <> trunc(${value})`],
    ['regex', matches !== undefined && `${value} !~ ${literal(matches)}`],
    ['oneof', values && `${value} not in (${values})`],
    ['foreign', references && foreignSql(value, references)],
  ];
  return made.flatMap(([kind, sql]) => (sql ? [rule(spec, `${kind}.${name}`, sql, [name])] : []));
}

const valueSql = (value: string | number, type: ColumnType) =>
  type === 'text' ? literal(String(value)) : `${literal(String(value))}::${type}`;

/** The row's value is renamed outside of the table that is asked: its columns may have the same names. */
const foreignSql = (value: string, { table: name, column }: NonNullable<Column['references']>) => `
  (${value} is not null and not exists (
     select from (select ${value} as ks_value) ks_given
       join ${table(name)} ks_there on ks_there.${ident(column)} = ks_given.ks_value))`;

/** Whether another thing in the target has these values. */
function takenSql({ key, into }: IngestSpec, columns: readonly string[]): string {
  const given = [
    ...columns.map((column, i) => `${ident(column)} as ks_value_${i}`),
    ...key.map((column, i) => `${ident(column)} as ks_key_${i}`),
  ];
  const same = columns.map((column, i) => `ks_there.${ident(column)} = ks_given.ks_value_${i}`);
  const other = key.map((column, i) => `ks_there.${ident(column)} <> ks_given.ks_key_${i}`);
  return `exists (
    select from (select ${given.join(', ')}) ks_given
      join ${table(into)} ks_there on ${same.join(' and ')} and (${other.join(' or ')}))`;
}
