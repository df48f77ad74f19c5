/** Judging staged rows: typed or rejected with a reason, ranked among their like, compared with what is there. */
import type { Client } from 'pg';
import { type IngestSpec, ident, literal } from './spec.ts';

type Judged = { rejected: number; rejected_by: Record<string, number>; deduped: number; unchanged: number };

const names = (spec: IngestSpec) => Object.keys(spec.columns);

/** Fills `judged` with every staged row, its reason when rejected, and its verdict when not; counts what is not written. */
export async function judge(
  client: Client,
  spec: IngestSpec,
  staged: string,
  judged: string,
): Promise<Judged> {
  await client.query(`create unlogged table ${judged} as ${judgeSql(spec, staged)}`);
  const { rows } = await client.query<{ verdict: string; reason: string | null; count: number }>(
    `select verdict, reason, count(*) as count from ${judged} where verdict <> 'write' group by verdict, reason`,
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

function judgeSql(spec: IngestSpec, staged: string): string {
  const columns = names(spec).map(ident);
  const key = spec.key.map(ident);
  const values = names(spec)
    .filter((name) => !spec.key.includes(name))
    .map(ident);
  const sameKey = spec.key.map((name) => `there.${ident(name)} = here.${ident(name)}`).join(' and ');
  const tuple = (of: string, list: string[]) => `(${list.map((column) => `${of}.${column}`).join(', ')})`;
  const origin = ['ks_rank', 'ks_received_at', 'ks_source_id'];
  const same = `${tuple('there', [...values, ...origin])} is not distinct from
                (${[...values.map((column) => `here.${column}`), 'here.rank, here.received_at, here.row_id'].join(', ')})`;
  // The order of trust: source, then the later word, then the later row.
  const incumbentWins = `there.ks_source_id <> here.row_id and
      (there.ks_rank, here.received_at, here.row_id) < (here.rank, there.ks_received_at, there.ks_source_id)`;
  return `
    select here.row_id, here.rank, here.received_at, ${columns.map((column) => `here.${column}`).join(', ')}, here.reason,
           case when here.reason is not null then 'rejected'
                when here.place > 1 then 'deduped'
                when there.ks_source_id is null then 'write'
                when ${same} then 'unchanged'
                when ${incumbentWins} then 'deduped'
                else 'write' end as verdict
      from (
        select *, row_number() over (
                 partition by reason is null, ${key.join(', ')}
                     order by rank, received_at desc, row_id desc) as place
          from (${reasonSql(spec, staged)}) reasoned) here
      left join ${ident(spec.into)} there on here.reason is null and here.place = 1 and ${sameKey}`;
}

/** Every row typed once; OFFSET 0 keeps the planner from casting again for each rule. */
function reasonSql(spec: IngestSpec, staged: string): string {
  const entries = Object.entries(spec.columns);
  const typed = entries.map(([name, { type }]) =>
    type === 'text'
      ? ident(name)
      : `case when pg_input_is_valid(${ident(name)}, '${type}') then ${ident(name)}::${type} end as ${ident(name)}`,
  );
  const broken = entries
    .filter(([, { type }]) => type !== 'text')
    .map(([name]) => `${ident(name)} is not null as ${ident(`given ${name}`)}`);
  const casts = entries
    .filter(([, { type }]) => type !== 'text')
    .map(
      ([name]) => `when ${ident(name)} is null and ${ident(`given ${name}`)} then ${literal(`cast.${name}`)}`,
    );
  const rules = Object.entries(spec.rules).map(
    ([name, sql]) => `when ${sql} then ${literal(`rule.${name}`)}`,
  );
  const rank = `coalesce(array_position(array[${spec.sources.map(literal).join(', ')}], row_source), ${spec.sources.length + 1})`;
  return `
    select row_id, rank, received_at, ${names(spec).map(ident).join(', ')},
           case ${[...casts, ...rules].join('\n                ')} end as reason
      from (select row_id, ${rank}::int as rank, received_at, ${[...typed, ...broken].join(', ')}
              from ${staged} offset 0) typed`;
}
