/** Whom RunLog's objects belong to: the migrator, so that the functions which lend the owner's rights lend little. */
import type { ClientBase } from 'pg';
import { groupOf, schemas } from './matrix.ts';
import type { Change } from './right.ts';

const inOurs = (column: string) =>
  `${column}::regnamespace::text in (${schemas.map((schema) => `'${schema}'`).join(', ')})`;

// A sequence of a column goes with its table, a partition stays by itself.
const OBJECTS = `
select kind || ' ' || name as "on", owner from (
  select case relkind when 'v' then 'view' when 'm' then 'materialized view' when 'S' then 'sequence' else 'table' end
           as kind, c.oid::regclass::text as name, pg_get_userbyid(relowner) as owner
    from pg_class c
   where ${inOurs('relnamespace')} and relkind in ('r', 'p', 'v', 'm', 'S')
     and not exists (select from pg_depend where classid = 'pg_class'::regclass and objid = c.oid and deptype in ('a', 'i', 'e')
                        and refclassid in ('pg_class'::regclass, 'pg_extension'::regclass) and relkind = 'S')
  union all
  select 'routine', p.oid::regprocedure::text, pg_get_userbyid(proowner) from pg_proc p
   where ${inOurs('pronamespace')}
     and not exists (select from pg_depend where classid = 'pg_proc'::regclass and objid = p.oid and deptype = 'e')
  union all
  select 'type', t.oid::regtype::text, pg_get_userbyid(typowner) from pg_type t
   where ${inOurs('typnamespace')} and typtype = 'e'
) as objects where owner <> $1`;

/** The statements that hand RunLog's objects over. */
export async function ownerDrift(client: ClientBase): Promise<Change[]> {
  const migrator = groupOf('migrator');
  const { rows } = await client.query<{ on: string; owner: string }>(OBJECTS, [migrator]);
  if (rows.length === 0) return [];
  return [
    ...(await joining(client, migrator)),
    ...rows.map(({ on, owner }) => ({
      drift: `${on} belongs to ${owner}`,
      sql: `alter ${on} owner to ${migrator}`,
    })),
  ];
}

/** Only a superuser hands things over to a role that he is no member of. */
async function joining(client: ClientBase, migrator: string): Promise<Change[]> {
  const { rowCount } = await client.query(
    `select from pg_roles r where rolname = current_user and not rolsuper
        and not exists (select from pg_auth_members where member = r.oid and roleid = to_regrole($1) and set_option)`,
    [migrator],
  );
  if (rowCount === 0) return [];
  const drift = `who runs this is no member of ${migrator}, to which he hands RunLog over`;
  return [{ drift, sql: `grant ${migrator} to current_user` }];
}
