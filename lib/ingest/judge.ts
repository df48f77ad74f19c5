/** Judging staged rows: typed or rejected with a reason, ranked among their like, compared with what is there. */
import type { Client } from 'pg';
import { ident, literal, table } from '../db/quote.ts';
import { rulesOf } from './rule-sql.ts';
import type { IngestSpec } from './spec.ts';
import type { Staged } from './stage.ts';

type Judged = { rejected: number; rejected_by: Record<string, number>; deduped: number; unchanged: number };

const names = (spec: IngestSpec) => Object.keys(spec.columns);

/** Fills `judged` with every staged row, its reason when rejected, and its verdict; counts what is not to be written. */
export async function judge(
  client: Client,
  spec: IngestSpec,
  staged: Staged,
  judged: string,
): Promise<Judged> {
  // By the target's key, row for row: any other join reads the whole target for each batch.
  await client.query('set local enable_hashjoin = off; set local enable_mergejoin = off');
  await client.query(`create unlogged table ${judged} as ${judgeSql(spec, staged)}`);
  const { rows } = await client.query<{ verdict: string; reason: string | null; count: number }>(
    `select ks_verdict as verdict, ks_reason as reason, count(*) as count
       from ${judged} where ks_verdict <> 'write' group by ks_verdict, ks_reason`,
  );
  const of = (verdict: string) => rows.filter((row) => row.verdict === verdict);
  const sum = (verdict: string) => of(verdict).reduce((total, row) => total + row.count, 0);
  return {
    rejected: sum('rejected'),
    rejected_by: Object.fromEntries(of('rejected').map((row) => [row.reason ?? 'unknown', row.count])),
    deduped: sum('deduped'),
    unchanged: sum('unchanged'),
  };
}

/** The order of trust: source, then the later word, then the later row; among those staged, and against the incumbent. */
function judgeSql(spec: IngestSpec, staged: Staged): string {
  const columns = names(spec).map(ident);
  const key = spec.key.map(ident);
  const origin = ['ks_rank', 'ks_received_at', 'ks_source_id'];
  const compared = [...columns.filter((column) => !key.includes(column)), ...origin];
  const tuple = (of: string) => `(${compared.map((column) => `${of}.${column}`).join(', ')})`;
  const sameKey = key.map((column) => `there.${column} = here.${column}`).join(' and ');
  const incumbentWins = `there.ks_source_id <> here.ks_source_id and
      (there.ks_rank, here.ks_received_at, here.ks_source_id) < (here.ks_rank, there.ks_received_at, there.ks_source_id)`;
  return `
    select ${[...columns, ...origin].map((column) => `here.${column}`).join(', ')}, here.ks_reason,
           there.ks_source_id is not null as ks_replaces,
           case when here.ks_reason is not null then 'rejected'
                when here.ks_place > 1 then 'deduped'
                when there.ks_source_id is null then 'write'
                when ${tuple('there')} is not distinct from ${tuple('here')} then 'unchanged'
                when ${incumbentWins} then 'deduped'
                else 'write' end as ks_verdict
      from (
        select *, row_number() over (
                 partition by ${[...quickestFirst(spec).map(ident), 'ks_reason is null'].join(', ')}
                     order by ks_rank, ks_received_at desc, ks_source_id desc) as ks_place
          from (select * from (${reasonSql(spec, staged)}) each offset 0) reasoned) here
      left join ${table(spec.into)} there on here.ks_reason is null and here.ks_place = 1 and ${sameKey}`;
}

/** Numbers and times are compared where they stand in a sort, texts have to be fetched. */
const quickestFirst = ({ key, columns }: IngestSpec) =>
  key.toSorted((a, b) => Number(columns[a]?.type === 'text') - Number(columns[b]?.type === 'text'));

/** Every row with its reason, when it has one; OFFSET 0 keeps the planner from asking the rules again for each use of it. */
function reasonSql(spec: IngestSpec, staged: Staged): string {
  const unreadable = castColumns(spec).map(
    ({ name, given, reason }) => `when ${name} is null and ${given} then ${reason}`,
  );
  const rules = rulesOf(spec).map(({ name, sql }) => `when ${sql} then ${literal(name)}`);
  const columns = [...names(spec).map(ident), 'ks_source_id'].join(', ');
  const sources = `array[${spec.sources.map(literal).join(', ')}]::text[]`;
  const origin = `coalesce(ks_received_at, '-infinity') as ks_received_at,
           coalesce(array_position(${sources}, ks_source), ${spec.sources.length + 1})::int as ks_rank`;
  return `
    select ${columns}, ${origin}, case ${rules.join('\n                ')} end as ks_reason from ${staged.fast}
     union all
    select ${columns}, ${origin},
           case ${[...unreadable, ...rules].join('\n                ')} end from (${typedSql(spec, staged.slow)}) typed`;
}

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
