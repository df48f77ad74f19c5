import { appendFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'vitest';
import { migrateDown, migrateUp, migrationStatus } from '../../../lib/db/migrate.ts';
import { test } from '../../setup/fixtures.ts';
import { migrationFolder } from './migration-folder.ts';

const two = {
  '000001_first': ['create table first (id int primary key, note text);', 'drop table first;'],
  '000002_second': [
    'create table second (); insert into first values (1);',
    'drop table second; delete from first;',
  ],
} satisfies Record<string, [string, string]>;

test.for([
  ['what cannot be parsed', 'create table x ();\nselect\n  nothing\n  form y;', 4, /syntax error/],
  [
    'what does not exist',
    'create table x ();\nselect 1,\n  nothing from x;',
    3,
    /column "nothing" does not exist/,
  ],
  [
    'a broken rule',
    `create table x (id int check (id > 0));\ninsert into x\n  values (-770077077);`,
    2,
    /violates check/,
  ],
  [
    'a bad value',
    `create table x (id int);\ninsert into x values ('row-value-770077077');`,
    2,
    /invalid input syntax/,
  ],
] as const)(
  'the message names file and line, never a row value: %s',
  async ([, sql, line, message], { empty }) => {
    const set = migrationFolder({ '000001_bad': [sql, ''] });

    const error = await migrateUp(empty, set).catch((cause: Error) => cause);

    expect(error).toMatchObject({ name: 'MigrationError', message: expect.stringMatching(message) });
    expect(String(error)).toContain(`000001_bad.up.sql:${line}: `);
    expect(String(error)).not.toContain('770077077');
  },
);

test('an applied step whose file has changed stops everything and is named', async ({ empty }) => {
  const set = migrationFolder(two);
  await migrateUp(empty, set);
  appendFileSync(join(set.folder, '000001_first.up.sql'), '-- later thought\n');

  await expect(migrateUp(empty, set)).rejects.toThrow(
    /000001_first\.up\.sql has changed since it was applied/,
  );
  await expect(migrateDown(empty, set, 1)).rejects.toThrow(/000001_first\.up\.sql has changed/);
  expect((await migrationStatus(empty, set)).map(({ state }) => state)).toEqual(['changed', 'applied']);
});

test('an applied step without its file stops everything and is named', async ({ empty }) => {
  const set = migrationFolder(two);
  await migrateUp(empty, set);
  for (const end of ['up', 'down']) rmSync(join(set.folder, `000002_second.${end}.sql`));

  await expect(migrateUp(empty, set)).rejects.toThrow(
    /000002_second\.up\.sql is applied here, but the file is missing/,
  );
  expect((await migrationStatus(empty, set)).map(({ state }) => state)).toEqual(['applied', 'missing']);
});

test("another tool's schema_migrations is left alone", async ({ empty, connect }) => {
  const client = await connect(empty);
  await client.query('create table schema_migrations (version bigint primary key, dirty boolean)');

  await expect(migrateUp(empty, migrationFolder(two))).rejects.toThrow(/belongs to another migration tool/);
});

test.for([
  ['a gap', { '000001_a': ['', ''], '000003_c': ['', ''] }, /000003_c: expected number 000002/],
  [
    'a number given twice',
    { '000001_a': ['', ''], '000001_b': ['', ''] },
    /000001_b: expected number 000002/,
  ],
  ['a stray name', { '1_a': ['', ''] }, /1_a\.(up|down)\.sql: call it NNNNNN_title/],
  [
    'a transaction of its own',
    { '000001_a': ['create table t ();\nCommit;', ''] },
    /000001_a\.up\.sql:2: take "Commit" out/,
  ],
  ['an open end', { '000001_a': ['create table t ()', ''] }, /000001_a\.up\.sql:1: end the last statement/],
] satisfies [string, Record<string, [string, string]>, RegExp][])(
  'a folder is refused before anything runs: %s',
  async ([, files, message], { empty }) => {
    await expect(migrateUp(empty, migrationFolder(files))).rejects.toThrow(message);
  },
);

test('a step without its way down is refused', async ({ empty }) => {
  const set = migrationFolder({});
  writeFileSync(join(set.folder, '000001_a.up.sql'), 'create table t ();');

  await expect(migrateUp(empty, set)).rejects.toThrow(/000001_a\.down\.sql: missing/);
});
