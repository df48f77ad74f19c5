/** Finding what stands out among staged rows: what breaks a rule, what is not alone with its key, and all of the slow lane. */
import type { Client } from 'pg';
import { ident, literal } from '../db/quote.ts';
import { proofsOf } from './proof.ts';
import { rulesOf } from './rule-sql.ts';
import type { IngestSpec } from './spec.ts';
import type { Part } from './staging.ts';

/**
 * Fills `found` with the rows of a part that stand out, each with its reason to be rejected, if any, and its place among
 * its like. The rows of the fast lane that are left are plain: they keep all rules, and no other of their part has their key.
 */
export async function find(client: Client, spec: IngestSpec, part: Part): Promise<void> {
  await client.query(findSql(spec, part));
}

/** The columns that say where a row is from, of a staged one. */
export function originOf({ sources }: IngestSpec): string {
  const rank = `coalesce(array_position(array[${sources.map(literal).join(', ')}]::text[], ks_source), ${sources.length + 1})::int`;
  return `ks_source_id, coalesce(ks_received_at, '-infinity') as ks_received_at, ${sources.length === 0 ? '1' : rank} as ks_rank`;
}

/** OFFSET 0 keeps the planner from asking the rules again for each use of the reason. */
function findSql(spec: IngestSpec, { fast, slow, found }: Part): string {
  const key = spec.key.map(ident).join(', ');
  const columns = names(spec).map(ident).join(', ');
  const own = `ks_source, ${originOf(spec)}, ${columns}`;
  const all = `ks_source, ks_source_id, ks_received_at, ks_rank, ${columns}, ks_reason`;
  const proven = new Set(Object.values(proofsOf(spec)).flatMap(({ rules }) => rules));
  const unreadable = castColumns(spec).map(
    ({ name, given, reason }) => `when ${name} is null and ${given} then ${reason}`,
  );
  const rules = rulesOf(spec).map(({ name, sql }) => ({ name, when: `when ${sql} then ${literal(name)}` }));
  const asked = rules.filter(({ name }) => !proven.has(name));
  const reason = (whens: string[]) => (whens.length === 0 ? 'null' : `case ${whens.join(' ')} end`);
  return `
    insert into ${found} (${all}, ks_place)
    with slow as materialized (
      select ${own}, ${reason([...unreadable, ...rules.map(({ when }) => when)])} as ks_reason
        from (${typedSql(spec, slow)}) typed)
    select ${all}, row_number() over (
             partition by ${[...quickestFirst(spec).map(ident), 'ks_reason is null'].join(', ')}
                 order by ks_rank, ks_received_at desc, ks_source_id desc)
      from (select ${all} from slow
             union all
            select ${all}
              from (select ${own}, ${reason(asked.map(({ when }) => when))}::text as ks_reason from ${fast} offset 0) fast
             where ks_reason is not null or (${key}) in (select ${key} from slow where ks_reason is null)) each`;
}

const names = (spec: IngestSpec) => Object.keys(spec.columns);

/** Numbers and times are compared where they stand in a sort, texts have to be fetched. */
const quickestFirst = ({ key, columns }: IngestSpec) =>
  key.toSorted((a, b) => Number(columns[a]?.type === 'text') - Number(columns[b]?.type === 'text'));

/** The columns whose text may be unreadable as their type. */
const castColumns = (spec: IngestSpec) =>
  Object.entries(spec.columns)
    .filter(([, { type }]) => type !== 'text')
    .map(([name], i) => ({ name: ident(name), given: `ks_given_${i}`, reason: literal(`cast.${name}`) }));

/** The rows of the slow lane, typed once each; OFFSET 0 keeps the planner from casting again for each rule. */
function typedSql(spec: IngestSpec, slow: string): string {
  const typed = Object.entries(spec.columns).map(([name, { type }]) =>
    type === 'text'
      ? ident(name)
      : `case when ${isReadable(ident(name), type)} then ${ident(name)}::${type} end as ${ident(name)}`,
  );
  const given = castColumns(spec).map(({ name, given }) => `${name} is not null as ${given}`);
  return `select ks_source_id, ks_source, ks_received_at, ${[...typed, ...given].join(', ')} from ${slow} offset 0`;
}

/** Words like `now` are read as another instant by every batch. */
function isReadable(name: string, type: string): string {
  const valid = `pg_input_is_valid(${name}, '${type}')`;
  const isInstant = type === 'timestamptz' || type === 'date';
  return isInstant ? `${valid} and ${name} !~* 'now|today|tomorrow|yesterday'` : valid;
}
