/** Whom our objects belong to: a migrator, so that the functions which lend the owner's rights lend little. */
import type { ClientBase } from 'pg';
import { REPORT_GROUP, REPORT_MIGRATOR_GROUP, reportOwned } from './declared.ts';
import { groupOf, schemas } from './matrix.ts';
import type { Change } from './right.ts';

const inOurs = (column: string) => `${column}::regnamespace::text = any($2)`;

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
export async function runlogOwnerDrift(client: ClientBase): Promise<Change[]> {
  const { rows } = await client.query<Belonging>(OBJECTS, [groupOf('migrator'), schemas]);
  return handedOver(client, rows, groupOf('migrator'));
}

/** The same for our corner of the report database, and that what is made there later is open to who writes reports. */
export async function reportOwnerDrift(client: ClientBase): Promise<Change[]> {
  const { rows } = await client.query<Belonging>(
    `select * from (${OBJECTS}) ours where "on" = any($3)
      union all
     select 'schema kubescribe', pg_get_userbyid(nspowner) from pg_namespace
      where nspname = 'kubescribe' and pg_get_userbyid(nspowner) <> $1`,
    [REPORT_MIGRATOR_GROUP, ['kubescribe'], reportOwned.map((name) => `table kubescribe.${name}`)],
  );
  return [...(await handedOver(client, rows, REPORT_MIGRATOR_GROUP)), ...(await closedDefaults(client))];
}

type Belonging = { on: string; owner: string };

async function handedOver(client: ClientBase, rows: readonly Belonging[], to: string): Promise<Change[]> {
  if (rows.length === 0) return [];
  return [
    ...(await joining(client, to)),
    ...rows.map(({ on, owner }) => ({
      drift: `${on} belongs to ${owner}`,
      sql: `alter ${on} owner to ${to}`,
    })),
  ];
}

/** Migrations of the report database grant nothing: they run also where no role of ours is. */
async function closedDefaults(client: ClientBase): Promise<Change[]> {
  const { rows } = await client.query<{ kind: 'tables' | 'sequences' }>(
    `select kind from (values ('tables', 'r', 4), ('sequences', 'S', 1)) as made (kind, type, rights)
      where exists (select from pg_namespace where nspname = 'kubescribe')
        and rights > (
          select count(*) from pg_default_acl, aclexplode(defaclacl) acl
           where defaclrole = to_regrole($1) and defaclnamespace = to_regnamespace('kubescribe')
             and defaclobjtype = type::"char" and acl.grantee = to_regrole($2))`,
    [REPORT_MIGRATOR_GROUP, REPORT_GROUP],
  );
  return rows.map(({ kind }) => ({
    drift: `${kind} that a later migration makes are closed to ${REPORT_GROUP}`,
    sql: `alter default privileges for role ${REPORT_MIGRATOR_GROUP} in schema kubescribe
            grant ${kind === 'tables' ? 'select, insert, update, delete' : 'usage'} on ${kind} to ${REPORT_GROUP}`,
  }));
}

/** Only a superuser hands things over to a role that he is no member of. */
async function joining(client: ClientBase, migrator: string): Promise<Change[]> {
  const { rowCount } = await client.query(
    `select from pg_roles r where rolname = current_user and not rolsuper
        and not exists (select from pg_auth_members where member = r.oid and roleid = to_regrole($1) and set_option)`,
    [migrator],
  );
  if (rowCount === 0) return [];
  const drift = `who runs this is no member of ${migrator}, to which he hands things over`;
  return [{ drift, sql: `grant ${migrator} to current_user` }];
}
