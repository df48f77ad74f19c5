/** New versions of rows that stand in the target, come together with rivals of their key. */
import type { Client } from 'pg';
import { ident, table } from '../db/quote.ts';
import { standingSql } from '../evidence/meetings.ts';
import { BY_HASH, BY_INDEX } from './joins.ts';
import type { IngestSpec } from './spec.ts';
import type { Part } from './staging.ts';

/**
 * Rows of a key are judged as if they came one by one, in the order of their ids, whatever came in one batch. Then a new
 * version of the row that stands takes its place, even if it is less trusted; rivals that came before it lose to the old
 * version, rivals that come after it are compared with the new one. Says whether any verdict was changed.
 */
export async function mendVerdicts(client: Client, spec: IngestSpec, { judged }: Part): Promise<boolean> {
  const key = spec.key.map(ident);
  const same = (one: string, other: string) =>
    key.map((column) => `${one}.${column} = ${other}.${column}`).join(' and ');
  const columns = [...Object.keys(spec.columns).map(ident), 'ks_rank', 'ks_received_at'];
  const tuple = (of: string) => `(${columns.map((column) => `${of}.${column}`).join(', ')})`;
  await client.query(BY_HASH);
  const { rowCount } = await client.query(`
    with renewed as materialized (
      select there.* from ${judged} here
       cross join lateral (select * from ${table(spec.into)} there where ${same('there', 'here')} offset 0) there
       where here.ks_reason is null and here.ks_verdict = 'deduped' and here.ks_source_id = there.ks_source_id),
    ranked as (
      select here.ks_source_id, here.ks_source_id = renewed.ks_source_id and ${tuple('here')} is not distinct from ${tuple('renewed')} as same,
             row_number() over (partition by ${key.map((column) => `here.${column}`).join(', ')}
                                    order by ${standingSql('here', 1)}) as place
        from renewed join ${judged} here on ${same('here', 'renewed')}
       where here.ks_reason is null
         and not (here.ks_source_id < renewed.ks_source_id and ${standingSql('here', 1)} > ${standingSql('renewed', 0)}))
    update ${judged} judged
       set ks_verdict = case when place > 1 then 'deduped' when same then 'unchanged' else 'write' end,
           ks_replaces = true
      from ranked where judged.ks_source_id = ranked.ks_source_id`);
  await client.query(BY_INDEX);
  return (rowCount ?? 0) > 0;
}
