/** Writing what was judged worth it, by one MERGE, and noting which groups it touched. */
import type { Client } from 'pg';
import { type IngestSpec, ident, literal } from './spec.ts';

/** Merges the rows whose verdict is `write`; returns how many the statement wrote. */
export async function merge(
  client: Client,
  spec: IngestSpec,
  judged: string,
  commitId: number,
): Promise<number> {
  const columns = Object.keys(spec.columns).map(ident);
  const key = spec.key.map(ident);
  const origin = `ks_rank = here.rank, ks_received_at = here.received_at, ks_source_id = here.row_id, ks_commit = ${commitId}`;
  const changes = columns
    .filter((column) => !key.includes(column))
    .map((column) => `${column} = here.${column}`);
  const { rowCount } = await client.query(`
    merge into ${ident(spec.into)} there
    using (select * from ${judged} where verdict = 'write' order by ${key.join(', ')}) here
       on ${key.map((column) => `there.${column} = here.${column}`).join(' and ')}
     when matched then update set ${[...changes, origin].join(', ')}
     when not matched then
          insert (${columns.join(', ')}, ks_rank, ks_received_at, ks_source_id, ks_commit)
          values (${columns.map((column) => `here.${column}`).join(', ')}, here.rank, here.received_at, here.row_id, ${commitId})`);
  return rowCount ?? 0;
}

/** Notes the groups of a roll-up that the written rows belong to. */
export async function touch(client: Client, spec: IngestSpec, judged: string): Promise<void> {
  if (!spec.touches) return;
  const group = Object.entries(spec.touches.by).map(([name, sql]) => `${literal(name)}, ${sql}`);
  await client.query(`
    insert into kubescribe.touched_keys (target, key)
    select distinct ${literal(spec.touches.target)}, jsonb_build_object(${group.join(', ')})
      from ${judged} where verdict = 'write'`);
}
