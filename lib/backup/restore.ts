/** Bringing a backup into a database: all of it, as it was counted then, or nothing. */
import { dirname, join } from 'node:path';
import type { Client } from 'pg';
import { commitOn } from '../boundary.ts';
import { runlogMigrations } from '../db/migrate.ts';
import { readMigrations } from '../db/migration-files.ts';
import { pendingMigrations, readHistory } from '../db/migration-history.ts';
import { runFile } from '../db/migration-step.ts';
import { differences } from './count.ts';
import type { Kept } from './keep.ts';
import { load } from './load.ts';
import { findTool, runTool } from './pg-tools.ts';
import { openSession } from './session.ts';
import { measureFile } from './whole-file.ts';

export type Restoring = { onTable(name: string): void; signal: AbortSignal };

/** Refuses a dump that is not the one that its manifest is about. */
async function checkFile({ path, manifest }: Kept): Promise<string> {
  const file = join(dirname(path), manifest.file);
  const { bytes, sha256 } = await measureFile(file);
  if (bytes !== manifest.bytes)
    throw new Error(`${file} has ${bytes} bytes, its manifest says ${manifest.bytes}: it is not whole.`);
  if (sha256 !== manifest.sha256) throw new Error(`${file} is not what was written: its checksum differs.`);
  return file;
}

/** Restores into an empty database; `replace` empties a RunLog that is there, in the same transaction. */
export async function restoreInto(
  url: string,
  kept: Kept,
  { onTable, signal }: Restoring,
  replace: boolean,
): Promise<void> {
  const file = await checkFile(kept);
  const files = await readMigrations(runlogMigrations.folder);
  // What this version does not know it could not work with.
  pendingMigrations(runlogMigrations, files, kept.manifest.migrations);
  const client = await openSession(url, 'kubescribe restore');
  const stop = () => void client.end().catch(() => {});
  signal.addEventListener('abort', stop, { once: true });
  try {
    await client.query('begin');
    if (replace) await empty(client);
    if (kept.manifest.by === 'rows') await load(client, file, onTable, signal);
    else await restoreByTool(client, { url, file, signal, privileges: replace });
    await compare(client, kept);
    await commitOn('restore', client);
    await client.query('analyze');
  } finally {
    signal.removeEventListener('abort', stop);
    await client.end().catch(() => {});
  }
}

/** It works by a session of its own, in a transaction of its own. */
async function restoreByTool(
  client: Client,
  { url, file, signal, privileges }: { url: string; file: string; signal: AbortSignal; privileges: boolean },
): Promise<void> {
  const { rows } = await client.query<{ server: string }>(
    `select current_setting('server_version') as server`,
  );
  const tool = await findTool('pg_restore', rows[0]!.server);
  await commitOn('restore-emptied', client);
  const rights = privileges ? [] : ['--no-privileges'];
  await runTool(
    tool,
    ['--single-transaction', '--exit-on-error', '--no-owner', ...rights, file],
    url,
    signal,
  );
  await client.query('begin');
}

async function compare(client: Client, { manifest }: Kept): Promise<void> {
  const differ = await differences(client, manifest.tables);
  if (differ.length > 0)
    throw new Error(`What was restored is not what was backed up: ${differ.slice(0, 5).join('; ')}.`);
}

/** Undoes every migration; tables of others stay, and hold it up when they refer to ours. */
async function empty(client: Client): Promise<void> {
  const files = await readMigrations(runlogMigrations.folder);
  const history = await readHistory(client, runlogMigrations);
  const pending = pendingMigrations(runlogMigrations, files, history);
  if (history.length === 0) return;
  await client.query('set local search_path = public');
  for (const step of files.slice(0, files.length - pending.length).reverse())
    await runFile(client, step.down);
  await client.query('drop table schema_migrations');
}
