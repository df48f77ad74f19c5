/** All that differs in one database from the rights that functions shall have there. */
import type { ClientBase } from 'pg';
import { commitOn } from '../boundary.ts';
import { namedTables } from './catalogue.ts';
import {
  PRODUCTION_GROUP,
  productionRights,
  REPORT_GROUP,
  REPORT_MIGRATOR_GROUP,
  REPORT_READER_GROUP,
  reportReaderRights,
  reportRights,
  runlogRights,
} from './declared.ts';
import { type Database, logins } from './logins.ts';
import { groupOf, parents, roles } from './matrix.ts';
import { reportOwnerDrift, runlogOwnerDrift } from './owner-drift.ts';
import type { PipelineTables } from './pipeline-tables.ts';
import type { Change, Right } from './right.ts';
import { rightsDrift } from './rights-drift.ts';
import { serverDrift } from './server-drift.ts';

type Wish = {
  /** Which tables of the user are read and written. */
  tables: PipelineTables;
  /** Tables of the report database that people may read beside those that are written. */
  shown?: readonly string[];
  /** Passwords by the login's name. */
  passwords?: ReadonlyMap<string, string>;
  /** Whether logins have a limit of connections; default true. */
  limited?: boolean;
};

/** What is to be done in a database, in the order in which it works. */
export async function databaseDrift(
  client: ClientBase,
  database: Database,
  { tables, shown = [], passwords = new Map(), limited = true }: Wish,
): Promise<Change[]> {
  await client.query('set search_path = public');
  const { rows } = await client.query<{ name: string }>('select current_database() as name');
  const { groups, rights } = await declared(client, database, rows[0]!.name, { ...tables, shown });
  const here = logins.filter((login) => login.database === database);
  return [
    ...(await serverDrift(client, { groups, logins: here, passwords, limited })),
    ...(await rightsDrift(client, { groups: [...groups.keys()], rights, ours: database === 'runlog' })),
    // Last: who shall own them must be allowed to make such.
    ...(database === 'runlog' ? await runlogOwnerDrift(client) : []),
    ...(database === 'report' ? await reportOwnerDrift(client) : []),
  ];
}

async function declared(
  client: ClientBase,
  database: Database,
  name: string,
  { source, report, shown }: PipelineTables & { shown: readonly string[] },
): Promise<{ groups: Map<string, string[]>; rights: Right[] }> {
  if (database === 'prod') {
    const rights = productionRights(name, await namedTables(client, source));
    return { groups: new Map([[PRODUCTION_GROUP, []]]), rights };
  }
  if (database === 'report') {
    const [written, read] = [
      await namedTables(client, report.written),
      await namedTables(client, report.read),
    ];
    const open = await namedTables(client, [...new Set([...report.written, ...shown])]);
    return {
      groups: new Map([
        [REPORT_GROUP, []],
        [REPORT_MIGRATOR_GROUP, []],
        [REPORT_READER_GROUP, []],
      ]),
      rights: [...reportRights(name, written, read), ...reportReaderRights(name, open)],
    };
  }
  const groups = new Map(
    roles.map((role) => {
      const parent = parents[role];
      return [groupOf(role), parent ? [groupOf(parent)] : []];
    }),
  );
  return { groups, rights: runlogRights(name) };
}

/** Does it, all or nothing. */
export async function applyChanges(client: ClientBase, changes: readonly Change[]): Promise<void> {
  await client.query('begin');
  try {
    for (const { sql } of changes) if (sql !== '') await client.query(sql);
    await commitOn('roles', client);
  } catch (error) {
    await client.query('rollback').catch(() => {});
    throw error;
  }
}
