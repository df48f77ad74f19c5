/** The rights that a database has given away. */
import type { ClientBase } from 'pg';
import { table } from '../db/quote.ts';
import type { NamedTable } from './declared.ts';
import { EVERYBODY, type Right } from './right.ts';

const RIGHTS = `
with objects as (
  select case relkind when 'S' then 'sequence ' else 'table ' end || c.oid::regclass as "on", relowner as owner,
         coalesce(relacl, acldefault(case relkind when 'S' then 's' else 'r' end::"char", relowner)) as acl,
         relnamespace as schema, '' as columns
    from pg_class c where relkind in ('r', 'p', 'v', 'm', 'f', 'S')
  union all
  select 'table ' || c.oid::regclass, relowner, attacl, relnamespace, format(' (%I)', attname)
    from pg_attribute a join pg_class c on c.oid = attrelid where attacl is not null
  union all
  select 'routine ' || p.oid::regprocedure, proowner, coalesce(proacl, acldefault('f', proowner)), pronamespace, ''
    from pg_proc p
  union all
  select format('schema %I', nspname), nspowner, coalesce(nspacl, acldefault('n', nspowner)), oid, '' from pg_namespace
  union all
  select format('database "%s"', replace(datname, '"', '""')), datdba, coalesce(datacl, acldefault('d', datdba)), null, ''
    from pg_database where datname = current_database()
)
select coalesce(r.rolname, '${EVERYBODY}') as grantee, lower(a.privilege_type) || columns as verb, "on"
  from objects, aclexplode(acl) a left join pg_roles r on r.oid = a.grantee
 where (a.grantee = 0 or r.rolname = any($1)) and a.grantee <> owner
   and (schema is null or schema in (
          select oid from pg_namespace where nspname !~ '^pg_' and nspname <> 'information_schema'))
 order by 3, 1, 2`;

/** What each of these roles, and everybody, was granted outside of the system's own schemas. */
export async function grantedRights(client: ClientBase, grantees: readonly string[]): Promise<Right[]> {
  return (await client.query<Right>(RIGHTS, [grantees])).rows;
}

/** The objects that can be granted, written as in a right. */
export async function objectNames(client: ClientBase): Promise<Set<string>> {
  const { rows } = await client.query<{ on: string }>(
    `select case relkind when 'S' then 'sequence ' else 'table ' end || oid::regclass as "on"
       from pg_class where relkind in ('r', 'p', 'v', 'm', 'f', 'S')
      union all select 'routine ' || oid::regprocedure from pg_proc
      union all select format('schema %I', nspname) from pg_namespace
      union all select format('database "%s"', replace(current_database(), '"', '""'))`,
  );
  return new Set(rows.map((row) => row.on));
}

/** The tables of these names as the catalogue names them; those that are not there as they were given. */
export async function namedTables(client: ClientBase, names: readonly string[]): Promise<NamedTable[]> {
  const { rows } = await client.query<NamedTable>(
    `select coalesce(c.oid::regclass::text, quoted) as name, coalesce(quote_ident(nspname), 'public') as schema
       from unnest($1::text[]) as quoted left join pg_class c on c.oid = to_regclass(quoted)
       left join pg_namespace n on n.oid = relnamespace`,
    [names.map(table)],
  );
  return rows;
}
