import type { Client } from 'pg';
import { expect } from 'vitest';
import { migrateUp, runlogMigrations } from '../../../lib/db/migrate.ts';
import {
  functions,
  groupOf,
  parents,
  type Role,
  roles,
  sequences,
  tables,
  unread,
} from '../../../lib/roles/matrix.ts';
import { test, testOn16 } from '../../setup/fixtures.ts';

const TABLE_VERBS = ['select', 'insert', 'update', 'delete', 'truncate', 'references', 'trigger'];

/** Every object of RunLog and what a role may do with it, as the server itself answers: members and all. */
const MAY = `
with asked as (
  select 'table' as kind, c.oid::regclass::text as name, verb, relispartition as part,
         has_table_privilege($1, c.oid, verb) or verb = any('{select,insert,update,references}')
           and has_any_column_privilege($1, c.oid, verb) as may
    from pg_class c, unnest($2::text[]) verb
   where relnamespace = any ('{public,operation_logs}'::regnamespace[]) and relkind in ('r', 'p', 'v', 'm', 'f')
  union all
  select 'sequence', c.oid::regclass::text, verb, false, has_sequence_privilege($1, c.oid, verb)
    from pg_class c, unnest('{usage,select,update}'::text[]) verb
   where relnamespace = any ('{public,operation_logs}'::regnamespace[]) and relkind = 'S'
  union all
  select 'function', p.oid::regprocedure::text, 'execute', false, has_function_privilege($1, p.oid, 'execute')
    from pg_proc p where pronamespace = any ('{public,operation_logs}'::regnamespace[])
)
select kind, case when part then 'a partition' else name end as name, verb from asked where may
 group by 1, 2, 3 order by 1, 2, 3`;

type May = { kind: string; name: string; verb: string };
const textOf = ({ kind, name, verb }: May) => `${verb} on ${kind} ${name}`;

const withParents = (role: Role): Role[] => {
  const parent = parents[role];
  return parent ? [role, ...withParents(parent)] : [role];
};

function declaredFor(role: Role): string[] {
  const own = withParents(role);
  const verbs = (kind: string, objects: typeof tables) =>
    Object.entries(objects).flatMap(([name, allowed]) => [
      ...(kind === 'table' && own.includes('reader') ? [textOf({ kind, name, verb: 'select' })] : []),
      ...own.flatMap((one) => (allowed[one] ?? []).map((verb) => textOf({ kind, name, verb }))),
    ]);
  return [...verbs('table', tables), ...verbs('sequence', sequences), ...verbs('function', functions)];
}

const granted = async (client: Client, role: string) =>
  (await client.query<May>(MAY, [role, TABLE_VERBS])).rows.map(textOf);

for (const [server, on] of [
  ['PostgreSQL 18', test],
  ['PostgreSQL 16', testOn16],
] as const) {
  on(
    `what migrations leave is the matrix, to each role and on each object, on ${server}`,
    async ({ empty, connect }) => {
      await migrateUp(empty, runlogMigrations);
      const client = await connect(empty);

      const may: Record<string, string[]> = {};
      for (const role of roles) may[role] = (await granted(client, groupOf(role))).sort();

      expect(may).toEqual(
        Object.fromEntries(roles.map((role) => [role, [...new Set(declaredFor(role))].sort()])),
      );
    },
  );
}

test('everybody may nothing', async ({ empty, connect }) => {
  await migrateUp(empty, runlogMigrations);
  const client = await connect(empty);
  const { rows } = await client.query(
    `select has_database_privilege('public', current_database(), 'connect, temporary, create') as database,
            has_schema_privilege('public', 'public', 'usage, create') as schema`,
  );

  expect(await granted(client, 'public')).toEqual([]);
  expect(rows).toEqual([{ database: false, schema: false }]);
});

test('every table has its line in the matrix', async ({ runlog, connect }) => {
  const client = await connect(runlog);
  const { rows } = await client.query<{ name: string }>(
    `select oid::regclass::text as name from pg_class
      where relnamespace = any ('{public,operation_logs}'::regnamespace[]) and relkind in ('r', 'p', 'v', 'm', 'f') and not relispartition`,
  );

  expect(rows.map(({ name }) => name).sort()).toEqual([...Object.keys(tables), ...unread].sort());
});

test("a function that lends its owner's rights finds its tables by a path that nobody can set", async ({
  runlog,
  connect,
}) => {
  const client = await connect(runlog);
  const { rows } = await client.query(
    `select oid::regprocedure::text as name from pg_proc
      where prosecdef and pronamespace = any ('{public,operation_logs}'::regnamespace[])
        and not 'search_path=public, pg_temp' = any(coalesce(proconfig, '{}'))`,
  );

  expect(rows).toEqual([]);
});
