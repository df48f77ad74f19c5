/** Taking a dump: rows, counts and checksums are all of one snapshot. */
import { createGzip } from 'node:zlib';
import type { Client } from 'pg';
import { runlogMigrations, schemaSql } from '../db/migrate.ts';
import { readMigrations } from '../db/migration-files.ts';
import { type Applied, pendingMigrations, readHistory } from '../db/migration-history.ts';
import { type Counted, countTable } from './count.ts';
import { type Described, type DumpedTable, describe, listTables, ours } from './describe.ts';
import { scriptOf } from './script.ts';
import { openSession } from './session.ts';
import { type Written, writeWhole } from './whole-file.ts';

/** Nine tenths of what the slowest level saves, in a third of the time. */
const LEVEL = 3;

export type Snapshot = {
  client: Client;
  /** By which other sessions see the same. */
  id: string;
  takenAt: string;
  database: string;
  server: string;
  history: Applied[];
  described: Described;
};

/** Fixes one moment of RunLog for as long as the session is in its transaction; `all`: also what is not KubeScribe's. */
export async function takeSnapshot(client: Client, all: boolean): Promise<Snapshot> {
  const names = (await listTables(client)).filter((name) => all || ours.includes(name));
  await client.query('begin transaction isolation level repeatable read read only');
  // Before the snapshot: what is dropped or altered from now on waits.
  await client.query(`lock table ${names.join(', ')} in access share mode`);
  const { rows } = await client.query<Pick<Snapshot, 'id' | 'takenAt' | 'database' | 'server'>>(
    `select pg_export_snapshot() as id, current_database() as database, current_setting('server_version') as server,
            to_char(clock() at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"') as "takenAt"`,
  );
  const history = await readHistory(client, runlogMigrations);
  return { ...rows[0]!, client, history, described: await describe(client, names) };
}

/** Writes the rows as a script; refuses what this version's migrations did not make. */
export async function dumpRows(
  { client, described, history }: Snapshot,
  path: string,
  onTable: (name: string) => void,
  signal: AbortSignal,
): Promise<Written> {
  pendingMigrations(runlogMigrations, await readMigrations(runlogMigrations.folder), history);
  const schema = await schemaSql(runlogMigrations, history.length);
  const script = scriptOf(client, described, schema, onTable);
  return writeWhole(path, script, { through: createGzip({ level: LEVEL }), signal });
}

/** Counts every table as the snapshot has it, by another session. */
export async function countAll(
  url: string,
  { id, described }: Snapshot,
  signal: AbortSignal,
): Promise<(Counted & Pick<DumpedTable, 'all'>)[]> {
  const client = await openSession(url, 'kubescribe backup counts');
  const stop = () => void client.end().catch(() => {});
  signal.addEventListener('abort', stop, { once: true });
  try {
    await client.query('begin transaction isolation level repeatable read read only');
    await client.query(`set transaction snapshot '${id}'`);
    const counted = [];
    for (const table of described.tables)
      counted.push({ ...(await countTable(client, table)), all: table.all });
    return counted;
  } finally {
    signal.removeEventListener('abort', stop);
    await client.end().catch(() => {});
  }
}
