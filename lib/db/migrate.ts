import { join } from 'node:path';
import type { ClientBase } from 'pg';
import { ROOT } from '../config.ts';
import { type Migration, type MigrationSet, readMigrations } from './migration-files.ts';
import { historyRow, historyTable, pendingMigrations, readHistory } from './migration-history.ts';
import { MIGRATION_LOCK, withClient, withTurn } from './migration-session.ts';
import { runFile } from './migration-step.ts';

/** Our own database. */
export const runlogMigrations: MigrationSet = { folder: folder('runlog'), history: 'public' };

/** Our corner of the report database, which belongs to the user: all of it lives in schema kubescribe. */
export const reportMigrations: MigrationSet = { folder: folder('report'), history: 'kubescribe' };

/** A step as seen from both its file and the history. */
export type MigrationState = {
  version: string;
  name: string;
  state: 'applied' | 'pending' | 'changed' | 'missing';
  appliedAt?: Date;
};

/** Applies what is pending, each step in its own transaction; returns the names applied. Racing runners wait. */
export async function migrateUp(
  db: string | ClientBase,
  set: MigrationSet,
  onApplied: (name: string) => void = () => {},
): Promise<string[]> {
  const files = await readMigrations(set.folder);
  return withClient(db, (client) =>
    withTurn(client, async () => {
      const pending = pendingMigrations(set, files, await readHistory(client, set));
      for (const step of pending) {
        await inTransaction(client, async () => {
          await runFile(client, step.up);
          await client.query(`${historyTable(set)} ${historyRow(set, step)}`);
        });
        onApplied(title(step));
      }
      return pending.map(title);
    }),
  );
}

/** Undoes the newest `count` steps, newest first; the history table goes with the last of them. */
export async function migrateDown(
  db: string | ClientBase,
  set: MigrationSet,
  count: number,
  onUndone: (name: string) => void = () => {},
): Promise<string[]> {
  const files = await readMigrations(set.folder);
  return withClient(db, (client) =>
    withTurn(client, async () => {
      const pending = pendingMigrations(set, files, await readHistory(client, set));
      const applied = files.slice(0, files.length - pending.length);
      const undone = applied.slice(Math.max(0, applied.length - count)).reverse();
      for (const step of undone) {
        await inTransaction(client, async () => {
          const table = `${set.history}.schema_migrations`;
          if (step === applied[0]) await client.query(`drop table ${table}`);
          else await client.query(`delete from ${table} where version = $1`, [step.version]);
          await runFile(client, step.down);
        });
        onUndone(title(step));
      }
      return undone.map(title);
    }),
  );
}

/** Lists every step known by file or by history. Changes nothing. */
export async function migrationStatus(db: string | ClientBase, set: MigrationSet): Promise<MigrationState[]> {
  const files = await readMigrations(set.folder);
  const history = await withClient(db, (client) => readHistory(client, set));
  const missing = history.filter((applied) => !files.some(({ version }) => version === applied.version));
  return [
    ...files.map((file): MigrationState => {
      const { version, name } = file;
      const applied = history.find((row) => row.version === version);
      if (!applied) return { version, name, state: 'pending' };
      const same = applied.checksum === file.checksum && applied.name === name;
      return { version, name, state: same ? 'applied' : 'changed', appliedAt: applied.appliedAt };
    }),
    ...missing.map(
      ({ version, name, appliedAt }): MigrationState => ({ version, name, state: 'missing', appliedAt }),
    ),
  ];
}

/** Connects and says to what. */
export async function testConnection(
  db: string | ClientBase,
): Promise<{ database: string; user: string; version: string }> {
  return withClient(db, async (client) => {
    const { rows } = await client.query<{ database: string; user: string; version: string }>(
      `select current_database() as database, current_user as user, current_setting('server_version') as version`,
    );
    return rows[0]!;
  });
}

/** The canonical DDL: the up files in order and their history rows, one transaction, for `psql -f`. */
export async function printSql(set: MigrationSet): Promise<string> {
  return [
    '-- Generated from the migrations by `npx node infra/write-schema.ts`: change those, not this.\n',
    'begin;',
    await schemaSql(set),
    '\ncommit;\n',
  ].join('\n');
}

/** The same to be put into a transaction, up to the newest of `count` steps. */
export async function schemaSql(set: MigrationSet, count?: number): Promise<string> {
  const files = (await readMigrations(set.folder)).slice(0, count);
  const steps = files.map((step) => `-- ${title(step)}\n${step.up.sql.trim()}\n`);
  return [
    `do $$ begin perform pg_advisory_xact_lock(${MIGRATION_LOCK}); end $$;`,
    'set local search_path = public;',
    "set local timezone = 'UTC';\n",
    ...steps,
    '-- History, as `kubescribe migrate` and infra/migrate.sh leave it',
    ...(files.length > 0 ? [historyTable(set)] : []),
    ...files.map((step) => historyRow(set, step)),
  ].join('\n');
}

async function inTransaction(client: ClientBase, work: () => Promise<void>): Promise<void> {
  await client.query('begin');
  try {
    await work();
    await client.query('commit');
  } catch (error) {
    await client.query('rollback').catch(() => {});
    throw error;
  }
}

function title({ version, name }: Migration): string {
  return `${version}_${name}`;
}

function folder(name: string): string {
  return join(ROOT, 'migrations', name);
}
