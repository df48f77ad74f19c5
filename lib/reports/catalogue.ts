/** What the database's catalogue says of the tables that people may read. */
import type { Pool } from 'pg';
import type { Allowed, Writer } from './allowed.ts';

export type ReportColumn = {
  name: string;
  /** As it was declared. */
  type: string;
  /** The same without its limits: a longer value is compared as it is, not cut. */
  cast: string;
  /** One letter of the catalogue: N for numbers, … */
  category: string;
  nullable: boolean;
};

export type ReportTable = {
  /** As it is asked for. */
  name: string;
  schema: string;
  table: string;
  written_by: Writer[];
  columns: ReportColumn[];
  /** The columns that make a row one and the same; empty: it has no unique key, and no stable order. */
  key: string[];
  /** An estimate, by the last ANALYZE; null before any. */
  rows: number | null;
};

type Found = Omit<ReportTable, 'name' | 'written_by'> & { place: number };

const FIND = `
select asked.place::int, n.nspname as schema, c.relname as table, nullif(c.reltuples, -1)::float8 as rows,
       (select json_agg(json_build_object(
                 'name', attname, 'type', format_type(atttypid, atttypmod), 'cast', format_type(atttypid, -1),
                 'category', typcategory, 'nullable', not attnotnull) order by attnum)
          from pg_attribute join pg_type on pg_type.oid = atttypid
         where attrelid = c.oid and attnum > 0 and not attisdropped) as columns,
       coalesce((
         select array_agg(attname::text order by part.place)
           from (select indkey, indnkeyatts from pg_index i
                  where indrelid = c.oid and indisunique and indisvalid and indpred is null and indexprs is null
                    and not exists (select from unnest(indkey) with ordinality as part (attnum, place)
                                      join pg_attribute a on a.attrelid = c.oid and a.attnum = part.attnum
                                     where part.place <= indnkeyatts and not attnotnull)
                  order by indisprimary desc, indnkeyatts, indexrelid limit 1) key,
                unnest(indkey) with ordinality as part (attnum, place)
           join pg_attribute a on a.attrelid = c.oid and a.attnum = part.attnum
          where part.place <= indnkeyatts), '{}') as key
  from unnest($1::text[], $2::text[]) with ordinality as asked (schema, name, place)
  join pg_class c on c.relname = asked.name and c.relkind in ('r', 'p', 'v', 'm', 'f')
  join pg_namespace n on n.oid = c.relnamespace
 where (n.nspname = asked.schema or asked.schema is null and pg_table_is_visible(c.oid))
   and n.nspname !~ '^pg_' and n.nspname not in ('information_schema', 'kubescribe')
   and has_schema_privilege(n.oid, 'usage') and has_table_privilege(c.oid, 'select')
 order by asked.place`;

/** Those of the allowed tables that are there and may be read by this login, each once. */
export async function readTables(pool: Pool, allowed: readonly Allowed[]): Promise<ReportTable[]> {
  const parts = allowed.map(({ name }) => /^(?:([^.]*)\.)?(.*)$/s.exec(name) ?? []);
  const { rows } = await pool.query<Found>(FIND, [
    parts.map(([, schema]) => schema ?? null),
    parts.map(([, , name]) => name ?? ''),
  ]);
  const tables = new Map<string, ReportTable>();
  for (const { place, ...found } of rows) {
    const { name, written_by } = allowed[place - 1]!;
    const id = JSON.stringify([found.schema, found.table]);
    const before = tables.get(id);
    if (before) before.written_by = [...before.written_by, ...written_by];
    else tables.set(id, { ...found, name, written_by });
  }
  return [...tables.values()];
}

/** The table of a name, be it written with its schema or not. */
export const tableNamed = (tables: readonly ReportTable[], name: string): ReportTable | undefined =>
  tables.find((one) => one.name === name) ??
  tables.find(({ schema, table }) => `${schema}.${table}` === name);
