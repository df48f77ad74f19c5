import type { ClientBase } from 'pg';
import { type Migration, MigrationError, type MigrationSet } from './migration-files.ts';

/** What the history table knows of a step that was applied. */
export type Applied = { version: string; name: string; checksum: string; appliedAt: Date };

/** The history table's DDL: the same three doors (kubescribe, infra/migrate*.sh, schema.sql) make and fill it. */
export function historyTable(set: MigrationSet): string {
  return `create table if not exists ${set.history}.schema_migrations (
  version text primary key,
  name text not null,
  checksum text not null,
  applied_at timestamptz not null default now()
);`;
}

/** The statement that records a step; its values come from file names and a hash, so they need no quoting. */
export function historyRow(set: MigrationSet, { version, name, checksum }: Migration): string {
  return `insert into ${set.history}.schema_migrations (version, name, checksum)
values ('${version}', '${name}', '${checksum}');`;
}

/** Reads the history in order; none when the table is not there yet. */
export async function readHistory(client: ClientBase, set: MigrationSet): Promise<Applied[]> {
  const table = `${set.history}.schema_migrations`;
  const { rows: columns } = await client.query<{ name: string }>(
    `select attname as name from pg_attribute where attrelid = to_regclass($1) and attnum > 0 and not attisdropped`,
    [table],
  );
  if (columns.length === 0) return [];
  if (!columns.some(({ name }) => name === 'checksum')) {
    throw new MigrationError(
      `${table} belongs to another migration tool (no column "checksum"). Move it away first.`,
    );
  }
  const { rows } = await client.query<Applied>(
    `select version, name, checksum, applied_at as "appliedAt" from ${table} order by version`,
  );
  return rows;
}

/** Refuses to go on when files and history disagree, naming the file; returns what is still to apply. */
export function pendingMigrations(
  set: MigrationSet,
  files: Migration[],
  history: readonly Omit<Applied, 'appliedAt'>[],
): Migration[] {
  for (const [index, applied] of history.entries()) {
    const file = files[index];
    const path = `${set.folder}/${applied.version}_${applied.name}.up.sql`;
    if (file?.version !== applied.version || file.name !== applied.name) {
      const known = files.some(({ version, name }) => version === applied.version && name === applied.name);
      if (known)
        throw new MigrationError(`${path} is applied, but an earlier file is not: renumber the newer file`);
      throw new MigrationError(
        `${path} is applied here, but the file is missing: restore it, or use the newer version`,
      );
    }
    if (file.checksum !== applied.checksum) {
      throw new MigrationError(
        `${path} has changed since it was applied: restore it and put the change in a new file`,
      );
    }
  }
  return files.slice(history.length);
}
