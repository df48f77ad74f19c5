import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'vitest';
import { migrateDown, migrateUp, migrationStatus, testConnection } from '../../../lib/db/migrate.ts';
import { test } from '../../setup/fixtures.ts';
import { until } from '../../setup/until.ts';
import { migrationFolder } from './migration-folder.ts';

const two = {
  '000001_first': ['create table first (id int primary key, note text);', 'drop table first;'],
  '000002_second': [
    'create table second (); insert into first values (1);',
    'drop table second; delete from first;',
  ],
} satisfies Record<string, [string, string]>;
const steps = ['000001_first', '000002_second'];
const tables = `select relname as name from pg_class where relkind = 'r' and relnamespace = 'public'::regnamespace order by 1`;

test('pending steps are applied in order, and a second time there is nothing to do', async ({
  empty,
  connect,
}) => {
  const set = migrationFolder(two);
  const seen: string[] = [];

  expect(await migrateUp(empty, set, (name) => seen.push(name))).toEqual(steps);
  expect(await migrateUp(empty, set)).toEqual([]);

  const client = await connect(empty);
  expect((await client.query(tables)).rows.map(({ name }) => name)).toEqual([
    'first',
    'schema_migrations',
    'second',
  ]);
  expect(seen).toEqual(steps);
});

test('of racing runners one applies each step and the others find nothing to do', async ({ empty }) => {
  const set = migrationFolder({
    '000001_slow': ['select pg_sleep(0.2); create table slow ();', 'drop table slow;'],
  });

  const results = await Promise.all([1, 2, 3, 4].map(() => migrateUp(empty, set)));

  expect(results.flat()).toEqual(['000001_slow']);
});

test('a client of the caller serves as well as a URL, and gets its settings back', async ({
  empty,
  connect,
}) => {
  const client = await connect(empty);
  const settings = `select current_setting('search_path') as path, current_setting('lock_timeout') as lock`;
  const before = (await client.query(settings)).rows;

  expect(await migrateUp(client, migrationFolder(two))).toEqual(steps);

  expect((await client.query(settings)).rows).toEqual(before);
  const held = `select from pg_locks where locktype = 'advisory' and pid = pg_backend_pid()`;
  expect((await client.query(held)).rowCount).toBe(0);
});

test('a step that fails leaves nothing of itself, and keeps the steps before it', async ({
  empty,
  connect,
}) => {
  const set = migrationFolder({
    ...two,
    '000003_bad': ['create table bad ();\n\nselect 1 / 0;', 'drop table bad;'],
  });

  await expect(migrateUp(empty, set)).rejects.toThrow(/000003_bad\.up\.sql:3: division by zero \(22012\)$/);

  const client = await connect(empty);
  expect((await client.query(tables)).rows.map(({ name }) => name)).toEqual([
    'first',
    'schema_migrations',
    'second',
  ]);
  const held = `select from pg_locks where locktype = 'advisory' and pid = pg_backend_pid()`;
  expect((await client.query(held)).rowCount).toBe(0);
});

test('a runner that is cut off leaves nothing, and the next one goes on', async ({ empty, connect }) => {
  const set = migrationFolder({
    '000001_slow': ['create table slow ();\nselect pg_sleep(20);', 'drop table slow;'],
  });
  const client = await connect(empty);
  const cut = migrateUp(empty, set).catch(String);
  const victim = `select pg_terminate_backend(pid) from pg_stat_activity
    where datname = current_database() and query like 'select pg_sleep(20)%' and wait_event = 'PgSleep'`;
  await until(async () => (await client.query(victim)).rowCount === 1);

  expect(await cut).toMatch(/000001_slow\.up\.sql:2: terminating connection/);
  expect((await client.query(tables)).rows).toEqual([]);

  writeFileSync(join(set.folder, '000001_slow.up.sql'), 'create table slow ();');
  expect(await migrateUp(empty, set)).toEqual(['000001_slow']);
});

test('undoing takes the newest first and as many as asked', async ({ empty, connect }) => {
  const set = migrationFolder(two);
  await migrateUp(empty, set);

  expect(await migrateDown(empty, set, 1)).toEqual(['000002_second']);
  expect((await migrationStatus(empty, set)).map(({ state }) => state)).toEqual(['applied', 'pending']);
  expect(await migrateDown(empty, set, 5)).toEqual(['000001_first']);
  expect(await migrateDown(empty, set, 1)).toEqual([]);

  const client = await connect(empty);
  expect((await client.query(tables)).rows).toEqual([]);
});

test('asking for the status changes nothing', async ({ empty, connect }) => {
  expect(await migrationStatus(empty, migrationFolder(two))).toEqual([
    { version: '000001', name: 'first', state: 'pending' },
    { version: '000002', name: 'second', state: 'pending' },
  ]);

  const client = await connect(empty);
  expect((await client.query(tables)).rows).toEqual([]);
});

test('a connection is tested without a word of the password', async ({ empty }) => {
  const absent = new URL(empty);
  absent.pathname = 'no_such_database';

  expect(await testConnection(empty)).toMatchObject({
    database: new URL(empty).pathname.slice(1),
    user: 'kubescribe',
  });
  const error = await testConnection(absent.href).catch((cause: Error) => cause);
  expect(error).toMatchObject({
    message: expect.stringMatching(/Cannot connect to .*"no_such_database" does not exist/),
  });
  expect(String(error)).not.toContain(absent.password);
});
