/** Writing what was judged worth it, and noting which groups it touched. */
import type { Client } from 'pg';
import { ident, literal, table } from '../db/quote.ts';
import type { IngestSpec } from './spec.ts';

const ORIGIN = ['ks_rank', 'ks_received_at', 'ks_source_id'];

/**
 * Writes the rows whose verdict is `write`; returns how many it wrote. Whoever holds the turn knows which keys are there:
 * rows that are new are inserted without a look, in the order of their keys.
 */
export async function merge(
  client: Client,
  spec: IngestSpec,
  judged: string,
  commitId: number,
): Promise<number> {
  const replaced = await client.query(replaceSql(spec, judged, commitId));
  const added = await client.query(addSql(spec, judged, commitId));
  return (replaced.rowCount ?? 0) + (added.rowCount ?? 0);
}

const worthIt = (judged: string, replaces: boolean) =>
  `${judged} here where here.ks_verdict = 'write' and here.ks_replaces is ${replaces}`;

function replaceSql(spec: IngestSpec, judged: string, commitId: number): string {
  const changes = [
    ...Object.keys(spec.columns)
      .filter((name) => !spec.key.includes(name))
      .map(ident),
    ...ORIGIN,
  ];
  return `
    update ${table(spec.into)} there
       set ${changes.map((column) => `${column} = here.${column}`).join(', ')}, ks_commit = ${commitId}
      from ${worthIt(judged, true)} and ${sameKey(spec)}`;
}

function addSql(spec: IngestSpec, judged: string, commitId: number): string {
  const columns = [...Object.keys(spec.columns).map(ident), ...ORIGIN];
  return `
    insert into ${table(spec.into)} (${columns.join(', ')}, ks_commit)
    select ${columns.join(', ')}, ${commitId} from ${worthIt(judged, false)}`;
}

const sameKey = (spec: IngestSpec) =>
  spec.key.map((column) => `there.${ident(column)} = here.${ident(column)}`).join(' and ');

/**
 * Notes the groups of roll-ups that the rows to be written will belong to and those that they leave; to be called
 * before they are merged. A row that lacks a part of its group is in none.
 */
export async function touch(client: Client, spec: IngestSpec, judged: string): Promise<void> {
  for (const { target, by } of spec.touches) await touchGroups(client, spec, judged, target, by);
}

async function touchGroups(
  client: Client,
  spec: IngestSpec,
  judged: string,
  target: string,
  by: Record<string, string>,
): Promise<void> {
  const columns = Object.entries(by).map(([name, sql]) => `${sql} as ${ident(name)}`);
  const parts = Object.keys(by).map((name) => `${literal(name)}, grouped.${ident(name)}`);
  const groups = (from: string) =>
    `select jsonb_build_object(${parts.join(', ')})
       from (select distinct ${columns.join(', ')} from ${from} offset 0) grouped`;
  const written = worthIt(judged, true);
  const key = spec.key.map(ident).join(', ');
  const left = `${table(spec.into)} where (${key}) in (select ${key} from ${written})`;
  await client.query(`
    insert into kubescribe.touched_keys (target, key)
    select ${literal(target)}, touched.key
      from (${groups(`${judged} where ks_verdict = 'write'`)} union ${groups(left)}) touched (key)
     where touched.key = jsonb_strip_nulls(touched.key)`);
}
