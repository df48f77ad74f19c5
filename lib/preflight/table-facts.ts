/** A table as the catalogue has it. */
import type { Client } from 'pg';
import { table } from '../db/quote.ts';

export const PRODUCTION_LOGIN = 'kubescribe_app_production';

export type ColumnFacts = {
  /** The type as SQL names it, such as `character varying(3)`, and without its size. */
  type: string;
  base: string;
  notNull: boolean;
  /** Filled when nothing is said: a default, an identity. */
  filled: boolean;
  /** Computed: nobody can write it. */
  computed: boolean;
  /** Each row gets a higher one. */
  grows: boolean;
};

type IndexFacts = {
  columns: (string | null)[];
  /** Forbids two rows to be alike in these columns, at once and in the whole table. */
  unique: boolean;
  whole: boolean;
};

export type TableFacts = {
  kind: 'r' | 'p' | 'v' | 'm' | 'f' | 'S' | 'c' | 'i' | 't' | 'I';
  rowSecurity: boolean;
  triggers: string[];
  columns: Record<string, ColumnFacts>;
  indexes: IndexFacts[];
};

const FACTS = `
  select c.relkind::text as kind, c.relrowsecurity as "rowSecurity",
         array(select tgname::text from pg_trigger where tgrelid = c.oid and not tgisinternal and tgenabled <> 'D' order by 1)
           as triggers,
         coalesce((
           select jsonb_object_agg(attname, jsonb_build_object(
                    'type', format_type(atttypid, atttypmod), 'base', format_type(atttypid, null),
                    'notNull', attnotnull, 'filled', atthasdef or attidentity <> '', 'computed', attgenerated <> '',
                    'grows', attidentity <> '' or coalesce(pg_get_expr(adbin, adrelid) like 'nextval(%', false)))
             from pg_attribute left join pg_attrdef on adrelid = attrelid and adnum = attnum
            where attrelid = c.oid and attnum > 0 and not attisdropped), '{}') as columns,
         coalesce((
           select jsonb_agg(jsonb_build_object(
                    'columns', array(select (select attname from pg_attribute where attrelid = indrelid and attnum = key)
                                       from unnest(indkey[0:indnkeyatts - 1]) with ordinality as each (key, at) order by at),
                    'unique', indisunique and indimmediate and indisvalid and indpred is null,
                    'whole', indisvalid and indpred is null))
             from pg_index where indrelid = c.oid), '[]') as indexes
    from pg_class c where c.oid = to_regclass($1)`;

/** What the catalogue says of a table; undefined when there is none of this name. */
export async function tableFacts(client: Client, name: string): Promise<TableFacts | undefined> {
  return (await client.query<TableFacts>(FACTS, [table(name)])).rows[0];
}

/** An index that forbids two rows that are alike in just these columns, in whatever order it has them. */
export const uniqueIndex = ({ indexes }: TableFacts, columns: readonly string[]) =>
  indexes.find(
    ({ unique, columns: of }) => unique && [...of].sort().join('\0') === [...columns].sort().join('\0'),
  );

/** Whether something forbids two rows that are alike in just these columns. */
export const isUnique = (facts: TableFacts, columns: readonly string[]): boolean =>
  uniqueIndex(facts, columns) !== undefined;

/** Whether rows can be sought by a column. */
export const isIndexed = ({ indexes }: TableFacts, column: string): boolean =>
  indexes.some(({ whole, columns }) => whole && columns[0] === column);

/** Logins that lack one of these rights on a table: who asks, and the function's own where the server has it. */
export async function lacking(
  client: Client,
  name: string,
  login: string,
  verbs: readonly string[],
): Promise<{ who: string; verb: string }[]> {
  const { rows } = await client.query<{ who: string; verb: string }>(
    `select rolname::text as who, verb
       from pg_roles, pg_class c, unnest($3::text[]) with ordinality as each (verb, at)
      where c.oid = to_regclass($1) and rolname in (current_user, $2)
        and not (has_schema_privilege(pg_roles.oid, c.relnamespace, 'usage')
                 and has_table_privilege(pg_roles.oid, c.oid, verb))
      order by who, at`,
    [table(name), login, verbs],
  );
  return rows;
}
