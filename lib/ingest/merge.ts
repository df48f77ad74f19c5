/** Writing what was judged worth it, and noting which groups it touched. */
import type { Client } from 'pg';
import { ident, literal, table } from '../db/quote.ts';
import { originOf } from './find.ts';
import type { IngestSpec } from './spec.ts';
import type { Part } from './staging.ts';

const ORIGIN = ['ks_rank', 'ks_received_at', 'ks_source_id'];

type Rows = {
  /** Whether some of its rows are plain. */
  hasPlain?: boolean;
  /** Only these source ids, both ends included. */
  between?: { from: string; until: string };
};

/**
 * Writes the rows whose verdict is `write`, and the plain ones, of which nothing was to be judged; returns how many. Whoever
 * holds the turn knows which keys are there: rows that are new are inserted without a look.
 */
export async function merge(
  client: Client,
  spec: IngestSpec,
  part: Part,
  commitId: number,
  { hasPlain = true, between }: Rows = {},
): Promise<number> {
  const only = between ? ` and here.ks_source_id between ${between.from} and ${between.until}` : '';
  let written = 0;
  for (const sql of hasPlain ? [replaceSql, addSql, addPlainSql] : [replaceSql, addSql])
    written += (await client.query(sql(spec, part, commitId) + only)).rowCount ?? 0;
  return written;
}

/** The ids of the rows that are to be written, in their order. */
export async function idsToWrite(client: Client, part: Part): Promise<string[]> {
  const { rows } = await client.query<{ id: string }>(
    `select id from (select ks_source_id::text as id from ${part.judged} where ks_verdict = 'write'
      union all select here.ks_source_id::text from ${plain(part)}) each order by id::bigint`,
  );
  return rows.map(({ id }) => id);
}

const worthIt = ({ judged }: Part, replaces: boolean) =>
  `${judged} here where here.ks_verdict = 'write' and here.ks_replaces is ${replaces}`;

const plain = ({ fast, judged }: Part) =>
  `${fast} here where here.ks_source_id not in (select ks_source_id from ${judged})`;

function replaceSql(spec: IngestSpec, part: Part, commitId: number): string {
  const changes = [
    ...Object.keys(spec.columns)
      // Equal numbers may be written differently: 1 and 1.0.
      .filter((name) => !spec.key.includes(name) || spec.columns[name]?.type === 'numeric')
      .map(ident),
    ...ORIGIN,
  ];
  return `
    update ${table(spec.into)} there
       set ${changes.map((column) => `${column} = here.${column}`).join(', ')}, ks_commit = ${commitId}
      from ${worthIt(part, true)} and ${sameKey(spec)}`;
}

function addSql(spec: IngestSpec, part: Part, commitId: number): string {
  const columns = [...Object.keys(spec.columns).map(ident), ...ORIGIN];
  return `
    insert into ${table(spec.into)} (${columns.join(', ')}, ks_commit)
    select ${columns.join(', ')}, ${commitId} from ${worthIt(part, false)}`;
}

function addPlainSql(spec: IngestSpec, part: Part, commitId: number): string {
  const columns = Object.keys(spec.columns).map(ident);
  return `
    insert into ${table(spec.into)} (ks_source_id, ks_received_at, ks_rank, ${columns.join(', ')}, ks_commit)
    select ${originOf(spec)}, ${columns.join(', ')}, ${commitId} from ${plain(part)}`;
}

const sameKey = (spec: IngestSpec) =>
  spec.key.map((column) => `there.${ident(column)} = here.${ident(column)}`).join(' and ');

/**
 * Notes the groups of roll-ups that the rows to be written will belong to and those that they leave; to be called
 * before they are merged. A row that lacks a part of its group is in none.
 */
export async function touch(client: Client, spec: IngestSpec, part: Part, hasPlain: boolean): Promise<void> {
  for (const summary of spec.touches) await touchGroups(client, spec, part, hasPlain, summary);
}

async function touchGroups(
  client: Client,
  spec: IngestSpec,
  part: Part,
  hasPlain: boolean,
  { target, by }: IngestSpec['touches'][number],
): Promise<void> {
  const columns = Object.entries(by).map(([name, sql]) => `${sql} as ${ident(name)}`);
  const parts = Object.keys(by).map((name) => `${literal(name)}, grouped.${ident(name)}`);
  const groups = (from: string) =>
    `select jsonb_build_object(${parts.join(', ')})
       from (select distinct ${columns.join(', ')} from ${from} offset 0) grouped`;
  const keys = spec.key.map((column, i) => `${ident(column)} as ks_key_${i}`).join(', ');
  const same = spec.key.map((column, i) => `there.${ident(column)} = here.ks_key_${i}`).join(' and ');
  const left = `(select there.* from (select ${keys} from ${worthIt(part, true)}) here
                   join ${table(spec.into)} there on ${same}) there`;
  const written = `${part.judged} where ks_verdict = 'write'`;
  await client.query(`
    insert into kubescribe.touched_keys (target, key)
    select ${literal(target)}, touched.key
      from (${[written, left, ...(hasPlain ? [plain(part)] : [])].map(groups).join(' union ')}) touched (key)
     where touched.key = jsonb_strip_nulls(touched.key)`);
}
