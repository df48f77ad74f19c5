/** Finding what stands out among staged rows: what breaks a rule, what is not alone with its key, and all of the slow lane. */
import type { Client } from 'pg';
import { ident, literal } from '../db/quote.ts';
import { proofsOf } from './proof.ts';
import { policyOf, rulesOf } from './rule-sql.ts';
import type { IngestSpec, Policy } from './spec.ts';
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
  const ranks = sources.map((source, i) => `when ${literal(source)} then ${i + 1}`);
  const rank =
    sources.length === 0 ? '1' : `case ks_source ${ranks.join(' ')} else ${sources.length + 1} end`;
  return `ks_source_id, coalesce(ks_received_at, '-infinity') as ks_received_at, ${rank} as ks_rank`;
}

/** OFFSET 0 keeps the planner from asking the rules again for each use of the reason. */
function findSql(spec: IngestSpec, { fast, slow, found }: Part): string {
  const key = spec.key.map(ident).join(', ');
  const columns = names(spec).map(ident).join(', ');
  const own = `ks_source, ${originOf(spec)}, ${columns}`;
  const all = `ks_source, ks_source_id, ks_received_at, ks_rank, ${columns}, ks_reason, ks_warned`;
  const proven = new Set(Object.values(proofsOf(spec)).flatMap(({ rules }) => rules));
  const unreadable = castColumns(spec).map(({ name, given }) => ({
    name: `cast.${name}`,
    sql: `${ident(name)} is null and ${given}`,
    policy: policyOf(spec, `cast.${name}`),
  }));
  const rules = rulesOf(spec);
  const asked = rules.filter(({ name }) => !proven.has(name));
  return `
    insert into ${found} (${all}, ks_place)
    with slow as materialized (
      select ${own}, ${verdictSql([...unreadable, ...rules])}
        from (${typedSql(spec, slow)}) typed)
    select ${all}, row_number() over (
             partition by ${[...quickestFirst(spec).map(ident), 'ks_reason is null'].join(', ')}
                 order by ks_rank, ks_received_at desc, ks_source_id desc)
      from (select ${all} from slow
             union all
            select ${own}, ks_reason, ks_warned
              from (select *, ${verdictSql(asked)} from ${fast} offset 0) fast
             where ks_reason is not null or ks_warned or (${key}) in (select ${key} from slow where ks_reason is null)) each`;
}

type Asked = { name: string; sql: string; policy: Policy };

/** The first rule that is broken of those that keep a row out, and whether one is that only warns. */
function verdictSql(asked: readonly Asked[]): string {
  const warns = asked.filter(({ policy }) => policy === 'warn').map(({ sql }) => `(${sql})`);
  const whens = asked
    .filter(({ policy }) => policy !== 'warn')
    .map(({ name, sql }) => `when ${sql} then ${literal(name)}`);
  const reason = whens.length === 0 ? 'null' : `case ${whens.join(' ')} end`;
  return `${reason}::text as ks_reason, ${warns.length === 0 ? 'false' : `coalesce(${warns.join(' or ')}, false)`} as ks_warned`;
}

const names = (spec: IngestSpec) => Object.keys(spec.columns);

/** Numbers and times are compared where they stand in a sort, texts have to be fetched. */
const quickestFirst = ({ key, columns }: IngestSpec) =>
  key.toSorted((a, b) => Number(columns[a]?.type === 'text') - Number(columns[b]?.type === 'text'));

/** The columns whose text may be unreadable as their type. */
const castColumns = (spec: IngestSpec) =>
  Object.entries(spec.columns)
    .filter(([, { type }]) => type !== 'text')
    .map(([name], i) => ({ name, given: `ks_given_${i}` }));

/** The rows of the slow lane, typed once each; OFFSET 0 keeps the planner from casting again for each rule. */
function typedSql(spec: IngestSpec, slow: string): string {
  const typed = Object.entries(spec.columns).map(([name, { type }]) =>
    type === 'text'
      ? ident(name)
      : `case when ${isReadable(ident(name), type)} then ${ident(name)}::${type} end as ${ident(name)}`,
  );
  const given = castColumns(spec).map(({ name, given }) => `${ident(name)} is not null as ${given}`);
  return `select ks_source_id, ks_source, ks_received_at, ${[...typed, ...given].join(', ')} from ${slow} offset 0`;
}

/** SQL that is true for a text that can be read as a type. Words like `now` are read as another instant by every batch. */
export function isReadable(name: string, type: string): string {
  const valid = `pg_input_is_valid(${name}, '${type}')`;
  const isInstant = type === 'timestamptz' || type === 'date';
  return isInstant ? `${valid} and ${name} !~* 'now|today|tomorrow|yesterday'` : valid;
}
