/** Rows of the target which their source row no longer bears out: it is gone, or says something else of itself. */
import type { Client } from 'pg';
import { ident, literal, table } from '../db/quote.ts';
import { originOf } from './find.ts';
import { type IdRange, withinSql } from './id-ranges.ts';
import { givenName, type IngestSpec } from './spec.ts';
import type { Part } from './staging.ts';
import { selectSql } from './window.ts';

/**
 * Fills `freed` with the keys, in these ranges, of rows that were not staged as what they are in the target: of the same
 * key, source, and instant. With `keepDeleted` those stay whose source row is not there at all.
 */
export async function findFreed(
  report: Client,
  spec: IngestSpec,
  ranges: readonly IdRange[],
  part: Part,
  freed: string,
  keepDeleted: boolean,
): Promise<number> {
  const keys = keysOf(spec, 'there');
  const staged = `select ks_source_id from ${part.fast} union all select ks_source_id from ${part.slow}`;
  await report.query(`
    create unlogged table ${freed} as
    select ${keys.join(', ')}
      from ${table(spec.into)} there
     where ${withinSql('there.ks_source_id', ranges)}
       and not exists (
         select from (${validSql(spec, part)}) here
          where here.ks_source_id = there.ks_source_id and here.ks_rank = there.ks_rank
            and here.ks_received_at = there.ks_received_at and ${sameKey(spec, 'here', 'there')})
       ${keepDeleted ? `and there.ks_source_id in (${staged})` : ''}`);
  const { rowCount } = await report.query(`select from ${freed}`);
  return rowCount ?? 0;
}

/** Staged rows that no rule rejects. */
function validSql(spec: IngestSpec, { fast, found }: Part): string {
  const key = spec.key.map(ident).join(', ');
  return `
    select ${originOf(spec)}, ${key} from ${fast} where ks_source_id not in (select ks_source_id from ${found})
     union all
    select ks_source_id, ks_received_at, ks_rank, ${key} from ${found} where ks_reason is null`;
}

const keysOf = ({ key }: IngestSpec, of: string) => key.map((column) => `${of}.${ident(column)}`);

const sameKey = ({ key }: IngestSpec, one: string, other: string) =>
  key.map((column) => `${one}.${ident(column)} = ${other}.${ident(column)}`).join(' and ');

/** Takes these rows from the target, noting the groups that they leave; returns how many. */
export async function remove(report: Client, spec: IngestSpec, freed: string): Promise<number> {
  for (const { target, by } of spec.touches) {
    const columns = Object.entries(by).map(([name, sql]) => `${sql} as ${ident(name)}`);
    const parts = Object.keys(by).map((name) => `${literal(name)}, grouped.${ident(name)}`);
    await report.query(`
      insert into kubescribe.touched_keys (target, key)
      select ${literal(target)}, touched.key
        from (select jsonb_build_object(${parts.join(', ')})
                from (select distinct ${columns.join(', ')}
                        from (select there.* from ${table(spec.into)} there join ${freed} freed
                                on ${sameKey(spec, 'freed', 'there')}) left_rows offset 0) grouped) touched (key)
       where touched.key = jsonb_strip_nulls(touched.key)`);
  }
  const { rowCount } = await report.query(
    `delete from ${table(spec.into)} there using ${freed} freed where ${sameKey(spec, 'freed', 'there')}`,
  );
  return rowCount ?? 0;
}

/** How many of these keys nobody has taken since. */
export async function countVacant(report: Client, spec: IngestSpec, freed: string): Promise<number> {
  const { rows } = await report.query<{ count: number }>(
    `select count(*) as count from ${freed} freed
      where not exists (select from ${table(spec.into)} there where ${sameKey(spec, 'freed', 'there')})`,
  );
  return rows[0]!.count;
}

/** The rows of the source, outside of these ranges, that have one of these keys too, as a COPY query. */
export async function rivalsSql(
  production: Client,
  report: Client,
  spec: IngestSpec,
  ranges: readonly IdRange[],
  freed: string,
): Promise<string> {
  const { rows } = await report.query<{ keys: string }>(
    `select jsonb_agg(jsonb_build_array(${spec.key.map((column) => `${ident(column)}::text`).join(', ')}))::text as keys
       from ${freed}`,
  );
  const types = await typesOf(production, spec);
  const key = spec.key.map((name) => typedSql(spec, name, types));
  const wanted = spec.key.map((name, i) => `(each ->> ${i})::${spec.columns[name]!.type}`);
  return `${selectSql(spec)}
    where not ${withinSql(ident(spec.from.id), ranges)}
      and (${key.join(', ')}) in (
          select ${wanted.join(', ')} from jsonb_array_elements(${literal(rows[0]!.keys)}::jsonb) each)`;
}

/** A column of the key as the target has it; as it stands, it can be sought by an index. */
function typedSql({ columns }: IngestSpec, name: string, types: ReadonlyMap<string, string>): string {
  const { type, ...column } = columns[name]!;
  const given = ident(givenName(name, { type, ...column }));
  const is = types.get(givenName(name, { type, ...column }));
  if (is === named[type as string] || is === type) return given;
  if (type === 'text') return `${given}::text`;
  return `case when pg_input_is_valid(${given}::text, '${type}') then ${given}::text::${type} end`;
}

/** What the server calls types of columns that have another short name. */
const named: Record<string, string> = { timestamptz: 'timestamp with time zone' };

async function typesOf(production: Client, { from }: IngestSpec): Promise<Map<string, string>> {
  const { rows } = await production.query<{ name: string; type: string }>(
    `select attname as name, atttypid::regtype::text as type
       from pg_attribute where attrelid = $1::regclass and attnum > 0 and not attisdropped`,
    [table(from.table)],
  );
  return new Map(rows.map(({ name, type }) => [name, type]));
}
