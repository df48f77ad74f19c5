/** Writing what was judged worth it, by one MERGE, and noting which groups it touched. */
import type { Client } from 'pg';
import { ident, literal, table } from '../db/quote.ts';
import type { IngestSpec } from './spec.ts';

/** Merges the rows whose verdict is `write`; returns how many the statement wrote. */
export async function merge(
  client: Client,
  spec: IngestSpec,
  judged: string,
  commitId: number,
): Promise<number> {
  const columns = Object.keys(spec.columns).map(ident);
  const key = spec.key.map(ident);
  const origin = ['ks_rank', 'ks_received_at', 'ks_source_id'];
  const taken = [...columns, ...origin];
  const changes = taken
    .filter((column) => !key.includes(column))
    .map((column) => `${column} = here.${column}`);
  const { rowCount } = await client.query(`
    merge into ${table(spec.into)} there
    using (select * from ${judged} where ks_verdict = 'write' order by ${key.join(', ')}) here
       on ${key.map((column) => `there.${column} = here.${column}`).join(' and ')}
     when matched then update set ${changes.join(', ')}, ks_commit = ${commitId}
     when not matched then
          insert (${taken.join(', ')}, ks_commit)
          values (${taken.map((column) => `here.${column}`).join(', ')}, ${commitId})`);
  return rowCount ?? 0;
}

/**
 * Notes the groups of a roll-up that the rows to be written will belong to and those that they leave; to be called
 * before they are merged. A row that lacks a part of its group is in none.
 */
export async function touch(client: Client, spec: IngestSpec, judged: string): Promise<void> {
  if (!spec.touches) return;
  const { target, by } = spec.touches;
  const columns = Object.entries(by).map(([name, sql]) => `${sql} as ${ident(name)}`);
  const parts = Object.keys(by).map((name) => `${literal(name)}, grouped.${ident(name)}`);
  const groups = (from: string) =>
    `select jsonb_build_object(${parts.join(', ')}) from (select distinct ${columns.join(', ')} from ${from}) grouped`;
  const key = spec.key.map(ident).join(', ');
  const left = `${table(spec.into)} where (${key}) in (select ${key} from ${judged} where ks_verdict = 'write' and ks_replaces)`;
  await client.query(`
    insert into kubescribe.touched_keys (target, key)
    select ${literal(target)}, touched.key
      from (${groups(`${judged} where ks_verdict = 'write'`)} union ${groups(left)}) touched (key)
     where touched.key = jsonb_strip_nulls(touched.key)`);
}
