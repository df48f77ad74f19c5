/** Whether who logs in may more than a function needs. */
import type pg from 'pg';
import type { Database } from '../database-url.ts';
import { type Finding, ok, warn } from './finding.ts';

type May = { user: string; powers: string[]; owns: number; writes: number; makes: string[] };

const MAY = `
select current_user as user,
       array_remove(array[case when rolsuper then 'is a superuser' end, case when rolcreaterole then 'may make roles' end,
         case when rolcreatedb then 'may make databases' end, case when rolbypassrls then 'passes row security' end],
         null) as powers,
       (select count(*)::int from pg_class c where relowner = r.oid and relkind in ('r', 'p')
           and relnamespace not in (select oid from pg_namespace where nspname in ('kubescribe', 'information_schema')
                                        or nspname ~ '^pg_')) as owns,
       (select count(*)::int from pg_class c join pg_namespace n on n.oid = relnamespace
         where relkind in ('r', 'p') and nspname !~ '^pg_' and nspname <> 'information_schema'
           and has_schema_privilege(n.oid, 'usage') and has_table_privilege(c.oid, 'insert, update, delete')) as writes,
       array(select nspname::text from pg_namespace where nspname !~ '^pg_' and nspname not in ('kubescribe', 'information_schema')
                and has_schema_privilege(oid, 'create') order by 1) as makes
  from pg_roles r where rolname = current_user`;

/** What is said of the login of a URL that the settings give; `make run` sees to its own. */
export async function checkRights(client: pg.Client, database: Database, name: string): Promise<Finding> {
  const { rows } = await client.query<May>(MAY);
  const may = rows[0];
  const { user = 'nobody known', powers = [], owns = 0, writes = 0, makes = [] } = may ?? {};
  const tooMuch = [
    ...powers,
    ...(owns > 0 ? [`owns ${owns} of its tables`] : []),
    ...(makes.length > 0 ? [`may make tables in ${makes.join(', ')}`] : []),
    ...(database === 'prod' && writes > 0 ? [`may write ${writes} of its tables`] : []),
  ];
  if (tooMuch.length === 0) return ok(`${name}: "${user}" may no more than a function needs`);
  return warn(
    `${name}: "${user}" ${tooMuch.join(', ')}: more than a function needs`,
    'nothing, when it is for migrating; `npx kubescribe roles` makes the logins of functions',
  );
}
