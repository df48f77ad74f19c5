import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { splitStatements } from './migration-statements.ts';

/** A folder of migrations and the schema that holds its history table `schema_migrations`. */
export type MigrationSet = { folder: string; history: 'public' | 'kubescribe' };

/** One numbered step: its two files, read whole, and the sha256 of the up file. */
export type Migration = {
  version: string;
  name: string;
  checksum: string;
  up: MigrationFile;
  down: MigrationFile;
};

export type MigrationFile = { path: string; sql: string };

/** A failure with a message that a person can act on; it needs no stack. */
export class MigrationError extends Error {
  override name = 'MigrationError';
}

const FILE_NAME = /^(\d{6})_([a-z0-9][a-z0-9_-]*)\.(up|down)\.sql$/;
const TRANSACTION_CONTROL = /^(begin|commit|rollback|abort|end|start\s+transaction|prepare\s+transaction)\b/i;

/** Reads every migration of a folder in order; refuses gaps, lonely halves and transaction control. */
export async function readMigrations(folder: string): Promise<Migration[]> {
  const names = (await list(folder)).filter((name) => /\.(up|down)\.sql$/.test(name));
  const stray = names.find((name) => !FILE_NAME.test(name));
  if (stray) throw new MigrationError(`${join(folder, stray)}: call it NNNNNN_title.up.sql or .down.sql`);

  const titles = [...new Set(names.map((name) => name.replace(/\.(up|down)\.sql$/, '')))].sort();
  return Promise.all(titles.map((title, index) => readPair(folder, title, index + 1, names)));
}

async function list(folder: string): Promise<string[]> {
  try {
    return await readdir(folder);
  } catch (cause) {
    throw new MigrationError(`${folder}: no such folder of migrations`, { cause });
  }
}

async function readPair(folder: string, title: string, number: number, names: string[]): Promise<Migration> {
  const version = String(number).padStart(6, '0');
  const up = join(folder, `${title}.up.sql`);
  const down = join(folder, `${title}.down.sql`);
  if (!title.startsWith(version)) {
    throw new MigrationError(
      `${join(folder, title)}: expected number ${version} here; number without gaps or repeats`,
    );
  }
  for (const path of [up, down]) {
    if (!names.includes(basename(path)))
      throw new MigrationError(`${path}: missing; each step has an up and a down file`);
  }
  const [upBytes, downBytes] = await Promise.all([readFile(up), readFile(down)]);
  return {
    version,
    name: title.slice(version.length + 1),
    checksum: createHash('sha256').update(upBytes).digest('hex'),
    up: checked(up, upBytes.toString('utf8')),
    down: checked(down, downBytes.toString('utf8')),
  };
}

function checked(path: string, sql: string): MigrationFile {
  for (const { text, line, ended } of splitStatements(sql)) {
    if (!ended) throw new MigrationError(`${path}:${line}: end the last statement with ";"`);
    if (TRANSACTION_CONTROL.test(text)) {
      throw new MigrationError(`${path}:${line}: take "${text}" out; a step is one transaction already`);
    }
  }
  return { path, sql };
}
