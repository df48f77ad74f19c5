/** Judging what was found of a part, and what is in the target already: which rows are written, and which are not, and why. */
import type { Client } from 'pg';
import { ident, table } from '../db/quote.ts';
import { tableFacts } from '../preflight/table-facts.ts';
import type { Books } from '../report/books.ts';
import { originOf } from './find.ts';
import { BY_INDEX } from './joins.ts';
import { nearSql } from './near.ts';
import { mendVerdicts } from './renewed.ts';
import { REFUSED } from './set-aside.ts';
import type { IngestSpec } from './spec.ts';
import type { Part } from './staging.ts';

export type Judged = Pick<
  Books,
  'rejected' | 'rejected_by' | 'deduped' | 'unchanged' | 'failed' | 'warned' | 'warned_by'
> & {
  /** Rows that say otherwise than the target does of another row of their key. */
  conflicts: number;
  /** All that were judged: the others of the part are plain. */
  judged: number;
};

/**
 * Fills `judged` with every row that stands out, and every row whose key the target has, and their verdicts; counts what is
 * not to be written. Of rows that are unchanged it keeps the id alone. What is not in there is to be inserted as it is.
 * Where most are said to be known, each is looked for in the target at once.
 */
export async function judge(
  client: Client,
  spec: IngestSpec,
  part: Part,
  { knowsMost = false } = {},
): Promise<Judged> {
  const near = knowsMost ? undefined : nearSql(spec, part.fast, await tableFacts(client, spec.into));
  await client.query(`${BY_INDEX};
    create unlogged table ${part.judged} as ${judgeSql(spec, part, near)}`);
  const judged = await count(client, part);
  if (judged.deduped === 0) return judged;
  return (await mendVerdicts(client, spec, part)) ? count(client, part) : judged;
}

async function count(client: Client, { judged }: Part): Promise<Judged> {
  const where = (condition: string) => `count(*) filter (where ${condition})`;
  const { rows } = await client.query<Omit<Judged, 'rejected_by' | 'warned_by'>>(
    `select count(*) as judged, ${where(`ks_verdict = 'rejected'`)} as rejected, ${where(`ks_verdict = 'deduped'`)} as deduped,
            ${where(`ks_verdict = 'unchanged'`)} as unchanged, ${where(`ks_verdict = 'failed'`)} as failed,
            ${where(`ks_warned and ks_verdict not in ('rejected', 'failed')`)} as warned, ${where('ks_conflicts')} as conflicts
       from ${judged}`,
  );
  const counted = rows[0]!;
  return {
    ...counted,
    rejected_by: counted.rejected === 0 ? {} : await rejectedBy(client, judged),
    warned_by: {},
  };
}

async function rejectedBy(client: Client, judged: string): Promise<Record<string, number>> {
  const { rows } = await client.query<{ reason: string; count: number }>(
    `select ks_reason as reason, count(*) as count from ${judged} where ks_verdict = 'rejected' group by 1`,
  );
  return Object.fromEntries(rows.map(({ reason, count }) => [reason, count]));
}

/** The order of trust: source, then the later word, then the later row; among those staged, and against the incumbent. */
function judgeSql(spec: IngestSpec, { fast, found }: Part, looked: ReturnType<typeof nearSql>): string {
  const columns = Object.keys(spec.columns).map(ident);
  const key = spec.key.map(ident);
  const origin = ['ks_rank', 'ks_received_at', 'ks_source_id'];
  const compared = [...columns.filter((column) => !key.includes(column)), ...origin];
  const tuple = (of: string) => `(${compared.map((column) => `${of}.${column}`).join(', ')})`;
  const sameKey = key.map((column) => `there.${column} = here.${column}`).join(' and ');
  const incumbentWins = `there.ks_source_id <> here.ks_source_id and
      (there.ks_rank, here.ks_received_at, here.ks_source_id) < (here.ks_rank, there.ks_received_at, there.ks_source_id)`;
  const values = (of: string) =>
    `(${columns
      .filter((column) => !key.includes(column))
      .map((column) => `${of}.${column}`)
      .join(', ')})`;
  const conflicts =
    columns.length === key.length
      ? 'false'
      : `there.ks_source_id <> here.ks_source_id and ${values('there')} is distinct from ${values('here')}`;
  const all = [...columns, ...origin, 'ks_source'];
  const here = all.map((column) => `here.${column}`).join(', ');
  const beside = `
                when ${tuple('there')} is not distinct from ${tuple('here')} then 'unchanged'
                when ${incumbentWins} then 'deduped'
                else 'write' end as ks_verdict`;
  const unlessUnchanged = all
    .filter((column) => column !== 'ks_source_id')
    .map((column) => `case when ks_verdict <> 'unchanged' or ks_warned then ${column} end as ${column}`);
  return `
    ${looked ? `with ${looked.near}` : ''}
    select ks_source_id, ${unlessUnchanged.join(', ')}, ks_reason, ks_warned, ks_replaces, coalesce(ks_conflicts, false) as ks_conflicts, ks_verdict
      from (
        select ${here}, here.ks_reason, here.ks_warned, there.ks_source_id is not null as ks_replaces,
               ${conflicts} as ks_conflicts,
               case when here.ks_reason = '${REFUSED}' then 'failed'
                    when here.ks_reason is not null then 'rejected'
                    when here.ks_place > 1 then 'deduped'
                    when there.ks_source_id is null then 'write' ${beside}
          from ${found} here
          left join ${table(spec.into)} there on here.ks_reason is null and here.ks_place = 1 and ${sameKey}
         union all
        select ${here}, null, false, true, ${conflicts}, case ${beside}
          from (select ${columns.join(', ')}, ks_source, ${originOf(spec)} from ${fast} ${looked ? `where ${looked.isNear}` : ''}) here
          join ${table(spec.into)} there on ${sameKey}
         where here.ks_source_id not in (select ks_source_id from ${found})
        offset 0) each`;
}
