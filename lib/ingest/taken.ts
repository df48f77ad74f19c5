/** Values that no two things may have alike: whoever comes first has them, in the order of the source's ids. */
import type { Client } from 'pg';
import { ident, table } from '../db/quote.ts';
import { standingSql } from '../evidence/meetings.ts';
import { originOf } from './find.ts';
import { uniqueRulesOf } from './rule-sql.ts';
import { setAside } from './set-aside.ts';
import type { IngestSpec } from './spec.ts';
import type { Part } from './staging.ts';

/** A row of a thing that may be in the way of another: the report's, or one that comes. */
type Row = { id: string; staged: boolean; key: string; standing: number; values: (string | null)[] };

/**
 * Sets those rows of a part aside whose values another thing has when they come. Asked about are only the things that
 * share such values with another; their rows come one by one, and what is better than the row that stands takes its place.
 */
export async function setAsideTaken(client: Client, spec: IngestSpec, part: Part): Promise<void> {
  if (spec.unique.length === 0) return;
  await client.query('set local enable_hashjoin = on; set local enable_mergejoin = on');
  const { rows } = await client.query<Row>(rivalsSql(spec, part));
  const names = uniqueRulesOf(spec).map(({ name }) => name);
  const taken = new Map<string, string>();
  for (const [id, rule] of comeOneByOne(rows)) taken.set(id, names[rule]!);
  if (taken.size > 0) await setAside(client, spec, part, taken);
}

/** The rows whose values are taken when they come, and which rule says so. */
function* comeOneByOne(rows: readonly Row[]): Generator<[id: string, rule: number]> {
  const standing = new Map<string, Row>();
  const holders = new Map<string, string>();
  const held = ({ values }: Row) => values.flatMap((value, i) => (value === null ? [] : [`${i} ${value}`]));
  for (const row of rows) {
    const values = held(row);
    const taken = values.find((value) => (holders.get(value) ?? row.key) !== row.key);
    if (taken !== undefined && row.staged) {
      yield [row.id, Number.parseInt(taken, 10)];
      continue;
    }
    const stands = standing.get(row.key);
    if (stands && stands.id !== row.id && stands.standing < row.standing) continue;
    for (const value of stands ? held(stands) : []) holders.delete(value);
    for (const value of values) holders.set(value, row.key);
    standing.set(row.key, row);
  }
}

function rivalsSql(spec: IngestSpec, { fast, found }: Part): string {
  const key = spec.key.map(ident);
  const all = [...new Set([...spec.key, ...spec.unique.flat()])];
  const columns = [...all.map(ident), 'ks_source_id', 'ks_rank', 'ks_received_at'].join(', ');
  const there = all.map((name) => `${ident(name)}::${spec.columns[name]!.type} as ${ident(name)}`).join(', ');
  const same = (one: string, other: string) =>
    key.map((name) => `${one}.${name} = ${other}.${name}`).join(' and ');
  const keysOf = (row: string) => key.map((name) => `${row}.${name}`).join(', ');
  const text = (name: string) =>
    spec.columns[name]!.type === 'numeric' ? `trim_scale(${ident(name)})` : ident(name);
  const md5 = (names: readonly string[]) =>
    `md5(jsonb_build_array(${names.map((name) => `${text(name)}::text`).join(', ')})::text)`;
  const shared = spec.unique.flatMap((names) => {
    const alike = names.map((name) => `here.${ident(name)} = there.${ident(name)}`).join(' and ');
    const partition = names.map(ident).join(', ');
    return [
      `select ${keysOf('pair')} from valid here join there on ${alike} and not (${same('here', 'there')})
        cross join lateral (values (${keysOf('here')}), (${keysOf('there')})) pair (${key.join(', ')})`,
      `select ${key.join(', ')} from (
         select ${key.join(', ')}, min(${md5(spec.key)}) over same_values as low, max(${md5(spec.key)}) over same_values as high
           from valid where ${names.map((name) => `${ident(name)} is not null`).join(' and ')}
         window same_values as (partition by ${partition})) counted where low <> high`,
    ];
  });
  const values = spec.unique.map(
    (names) =>
      `case when ${names.map((name) => `${ident(name)} is not null`).join(' and ')} then ${md5(names)} end`,
  );
  return `
    with valid as materialized (
      select ${columns} from ${found} where ks_reason is null
       union all
      select ${columns} from (select ${all.map(ident).join(', ')}, ${originOf(spec)} from ${fast}) fast
       where ks_source_id not in (select ks_source_id from ${found})),
    there as (select ${there}, ks_source_id, ks_rank, ks_received_at from ${table(spec.into)}),
    rivals as materialized (${shared.join(' union ')})
    select ks_source_id::text as id, staged, ${md5(spec.key)} as key, dense_rank() over (order by standing)::int as standing,
           array[${values.join(', ')}]::text[] as values
      from (select here.*, true as staged, ${standingSql('here', 1)} as standing
              from rivals join valid here on ${same('here', 'rivals')}
             union all
            select there.*, false, ${standingSql('there', 0)} from rivals join there on ${same('there', 'rivals')}) each
     order by staged, ks_source_id`;
}
