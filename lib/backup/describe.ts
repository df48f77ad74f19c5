/** What RunLog consists of, as its catalogue says: what a dump has to hold beside the rows. */
import type { ClientBase } from 'pg';
import { tables as known, unread } from '../roles/matrix.ts';

/** A table with its names as SQL writes them. */
export type DumpedTable = {
  name: string;
  /** All columns, and those that are not generated. */
  all: string[];
  columns: string[];
  /** Triggers of ours with the letter of `pg_trigger.tgenabled`. */
  triggers: { name: string; state: string }[];
};

export type Described = {
  tables: DumpedTable[];
  /** `create table` for each partition, those that hold others first. */
  partitions: string[];
  /** What is checked or sorted more cheaply when all rows are there, and how it is put back. */
  afterwards: { drop: string; make: string }[];
  sequences: { name: string; value: number }[];
  /** Tables that are not KubeScribe's. */
  foreign: string[];
};

/** Tables of ours, by the names that the catalogue gives them in a session whose search path is `public`. */
export const ours: readonly string[] = [...Object.keys(known), ...unread];

const roots = `
  select c.oid from pg_class c join pg_namespace n on n.oid = relnamespace
   where relkind in ('r', 'p') and not relispartition and nspname !~ '^pg_' and nspname <> 'information_schema'`;

/** Every table that is no partition, by name. */
export async function listTables(client: ClientBase): Promise<string[]> {
  const { rows } = await client.query<{ name: string }>(
    `select oid::regclass::text as name from (${roots}) root order by 1`,
  );
  return rows.map(({ name }) => name);
}

/** Reads what is to be dumped about the tables of these names. */
export async function describe(client: ClientBase, names: readonly string[]): Promise<Described> {
  const { rows } = await client.query<DumpedTable>(
    `select c.oid::regclass::text as name,
            array(select quote_ident(attname) from pg_attribute
                   where attrelid = c.oid and attnum > 0 and not attisdropped order by attnum) as all,
            array(select quote_ident(attname) from pg_attribute
                   where attrelid = c.oid and attnum > 0 and not attisdropped and attgenerated = ''
                   order by attnum) as columns,
            coalesce((select json_agg(json_build_object('name', quote_ident(tgname), 'state', tgenabled) order by tgname)
                        from pg_trigger where tgrelid = c.oid and not tgisinternal), '[]') as triggers
       from pg_class c where c.oid = any (array(${roots})) and c.oid::regclass::text = any ($1) order by 1`,
    [names],
  );
  return {
    tables: rows,
    partitions: await readPartitions(client, names),
    afterwards: await readAfterwards(client, names),
    sequences: await readSequences(client, names),
    foreign: (await listTables(client)).filter((name) => !ours.includes(name)),
  };
}

async function readPartitions(client: ClientBase, names: readonly string[]): Promise<string[]> {
  const { rows } = await client.query<{ sql: string }>(
    `select format('create table if not exists %s partition of %s %s%s', part.relid::regclass, part.parentrelid::regclass,
                   pg_get_expr(c.relpartbound, c.oid), ' partition by ' || pg_get_partkeydef(c.oid)) as sql
       from pg_class root cross join pg_partition_tree(root.oid) part join pg_class c on c.oid = part.relid
      where root.relkind = 'p' and not root.relispartition and part.level > 0
        and root.oid::regclass::text = any ($1)
      order by part.level, part.relid::regclass::text`,
    [names],
  );
  return rows.map(({ sql }) => sql);
}

/** Indexes that are nobody's constraint, then foreign keys, which may need one of them. */
async function readAfterwards(
  client: ClientBase,
  names: readonly string[],
): Promise<Described['afterwards']> {
  const { rows } = await client.query<Described['afterwards'][number]>(
    `select format('drop index %s', indexrelid::regclass) as drop, pg_get_indexdef(indexrelid) as make
       from pg_index join pg_class c on c.oid = indexrelid
      where indrelid::regclass::text = any ($1) and not c.relispartition
        and not exists (select from pg_constraint where conindid = indexrelid and contype in ('p', 'u', 'x'))
     union all
     select format('alter table %s drop constraint %I', conrelid::regclass, conname),
            format('alter table %s add constraint %I %s', conrelid::regclass, conname, pg_get_constraintdef(oid))
       from pg_constraint where contype = 'f' and conparentid = 0 and conrelid::regclass::text = any ($1)
      order by drop desc, make`,
    [names],
  );
  return rows;
}

/** Sequences are outside of every snapshot: read after it was taken, they are beyond all that it holds. */
async function readSequences(client: ClientBase, names: readonly string[]) {
  const { rows } = await client.query<{ name: string; value: string }>(
    `select c.oid::regclass::text as name, s.last_value as value
       from pg_sequences s join pg_class c on c.oid = format('%I.%I', schemaname, sequencename)::regclass
      where s.last_value is not null
        and (c.oid = to_regclass('epochs') or exists (
              select from pg_depend where objid = c.oid and deptype in ('a', 'i')
                 and refclassid = 'pg_class'::regclass and refobjid::regclass::text = any ($1)))
      order by 1`,
    [names],
  );
  return rows.map(({ name, value }) => ({ name, value: Number(value) }));
}
