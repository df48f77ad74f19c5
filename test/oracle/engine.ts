/** A dataset's spec as the engine is told it, and the tables that it takes. */
import type { Client } from 'pg';
import { ingest } from '../../lib/ingest/ingest.ts';
import { rollup } from '../../lib/ingest/rollup.ts';
import type { Task } from '../../lib/pipeline/task.ts';
import { wire } from '../../lib/pipeline/wire.ts';
import { LOAD, type Spec, types } from './dataset.ts';
import { type ColumnName, KNOWN, rules } from './rules.ts';
import type { Doing } from './source.ts';

export type Params = { maxRejected: number };
export type Tables = { feed: string; into: string; groups: string; known: string };

const all = Object.keys(types) as ColumnName[];
const columnsOf = ({ key, values }: Spec) => [...key, ...values];

/** Numbers that are equal are one group, however many zeros they end in. */
const groupSql = ({ group }: Spec) => (types[group] === 'numeric' ? `trim_scale(${group})` : group);

/** The two tasks of a dataset; batches are of `size` rows. */
export function tasks(
  spec: Spec,
  { feed, into, groups, known }: Tables,
  size: number,
): { load: Task<Params>; sum: Task<Params> } {
  const chosen = rules.filter(({ name }) => spec.rules.includes(name));
  const optionsOf = (column: ColumnName) =>
    chosen
      .filter(({ of, option }) => option && of[0] === column)
      .map(({ option }) => withTable(option!, known));
  const columns = columnsOf(spec).map((name) => [
    name,
    Object.assign({ type: types[name] }, ...optionsOf(name)),
  ]);
  const own = chosen.flatMap(({ name, sql }) => (sql ? [[name.replace('rule.', ''), sql]] : []));
  const load = ingest<Params>({
    name: LOAD,
    from: { table: feed, id: 'id', receivedAt: 'at', source: 'source' },
    columns: Object.fromEntries(columns),
    rules: Object.fromEntries(own),
    key: spec.key,
    onReject: { per: spec.policies },
    sources: spec.sources,
    into,
    batchRows: size,
  });
  const sum = rollup<Params>({
    name: 'sum',
    from: into,
    into: groups,
    by: { part: groupSql(spec) },
    values: { rows: 'count(*)', total: spec.values.includes('n') ? 'sum(n)' : 'null::numeric' },
  });
  return { load: wire([load], [sum])[0]!, sum };
}

const withTable = (option: object, known: string) =>
  'references' in option ? { references: { table: known, column: 'word' } } : option;

/** Makes the tables of a dataset. */
export async function createTables(
  source: Client,
  report: Client,
  spec: Spec,
  { feed, into, groups, known }: Tables,
): Promise<void> {
  await source.query(
    `create table ${feed} (id bigint primary key, source text, at timestamptz, ${all.map((name) => `${name} text`).join(', ')})`,
  );
  await report.query(`
    create table ${into} (${columnsOf(spec)
      .map((name) => `${name} ${types[name]}`)
      .join(', ')}, ks_rank int not null, ks_received_at timestamptz not null, ks_source_id bigint not null,
      ks_commit bigint not null, primary key (${spec.key.join(', ')}));
    create table ${groups} (part ${types[spec.group]} primary key, rows bigint, total numeric);
    create table ${known} (word text primary key)`);
  await report.query(`insert into ${known} select unnest($1::text[])`, [KNOWN]);
}

/** Drops them. */
export async function dropTables(source: Client, report: Client, tables: Tables): Promise<void> {
  await source.query(`drop table if exists ${tables.feed}`);
  await report.query(`drop table if exists ${tables.into}, ${tables.groups}, ${tables.known}`);
  await report.query('delete from kubescribe.touched_keys where target = $1', [tables.groups]);
  await report.query('delete from kubescribe.quarantine where target = $1', [tables.into]);
}

/** Does to the source what was done to the oracle's. */
export async function write(source: Client, feed: string, doing: Doing, at: string | null): Promise<void> {
  if (doing.do === 'delete') {
    await source.query(`delete from ${feed} where id = $1`, [doing.id]);
    return;
  }
  const { id, source: who, cells } = doing.row;
  const values = [id, who, at, ...all.map((name) => cells[name])];
  const names = ['id', 'source', 'at', ...all];
  await source.query(
    `insert into ${feed} (${names.join(', ')}) values (${names.map((_, i) => `$${i + 1}`).join(', ')})
     on conflict (id) do update set ${names.map((name) => `${name} = excluded.${name}`).join(', ')}`,
    values,
  );
}

/** What the report shows, as the oracle tells it. */
export async function shownRows(report: Client, spec: Spec, { into }: Tables): Promise<(string | null)[][]> {
  const columns = [...columnsOf(spec), 'ks_rank', 'ks_received_at', 'ks_source_id'];
  return texts(report, `select ${columns.map((name) => `${name}::text`).join(', ')} from ${into}`);
}

/** The same of the summary. */
export function shownGroups(report: Client, { groups }: Tables): Promise<(string | null)[][]> {
  return texts(report, `select part::text, rows::text, trim_scale(total)::text from ${groups}`);
}

async function texts(client: Client, text: string): Promise<(string | null)[][]> {
  const { rows } = await client.query<(string | null)[]>({ text, rowMode: 'array' });
  return rows;
}
