import { mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import pg from 'pg';
import { expect, test as plain } from 'vitest';
import * as z from 'zod';
import { migrateDown, migrateUp, reportMigrations, runlogMigrations } from '../../lib/db/migrate.ts';
import { logins } from '../../lib/roles/logins.ts';
import { groupOf, roles } from '../../lib/roles/matrix.ts';
import { startPostgres } from '../../local/postgres.ts';
import { PLACE } from '../setup/test-server.ts';
import { kubescribe } from './command.ts';

const List = z.object({
  items: z.array(
    z.object({ metadata: z.object({ name: z.string() }), stringData: z.object({ url: z.string() }) }),
  ),
});
const DENIED = /permission denied/;
const DAY = 86_400_000;

const DATABASES = ['runlog', 'report', 'prod'];
const OURS = "rolname like 'kubescribe\\_%' or rolname = 'owner'";

const on16 = plain.extend('version', { scope: 'file' }, () => 16 as const);
const onServer = on16.extend('server', { scope: 'file' }, async ({ version }, { onCleanup }) => {
  const home = mkdtempSync(join(PLACE, 'kubescribe-test-roles-'));
  const server = await startPostgres({ home, databases: [], version, fsync: false });
  onCleanup(async () => {
    await server.stop();
    rmSync(home, { recursive: true, force: true });
  });
  return server;
});

/** A server that knows no role of ours, with databases that belong to `owner`, who may not make roles. */
const test = onServer.extend('place', async ({ server }, { onCleanup }) => {
  onCleanup(async () => {
    for (const name of DATABASES) await server.admin(`drop database ${name} with (force)`);
    const names = (await server.admin(`select rolname from pg_roles where ${OURS}`)).map(
      (row) => row.rolname,
    );
    await server.admin(`drop role ${names.join(', ')}`);
  });
  await server.admin("create role owner login password 'of the databases'");
  for (const name of DATABASES) await server.admin(`create database ${name} owner owner`);
  const at = (database: string, user: string, password: string) => {
    const url = new URL(server.url(database));
    url.username = user;
    url.password = password;
    return url.href;
  };
  const owned = (database: string) => at(database, 'owner', 'of the databases');
  await migrateUp(owned('runlog'), runlogMigrations);
  await migrateUp(owned('report'), reportMigrations);
  await say(
    owned('prod'),
    'create schema feed; create table feed.market_ticks (id bigint); create table market_bars_raw (); create table wages ()',
  );
  await say(owned('report'), 'create table market_bars (id bigint); create table market_days (id bigint)');
  const env = {
    RUNLOG_DB_URL: server.url('runlog'),
    REPORT_DB_URL: server.url('report'),
    PROD_DB_URL: server.url('prod'),
  };
  return { env, owned, at, admin: server.admin };
});

async function say(url: string, sql: string): Promise<pg.QueryResult> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  return client.query(sql).finally(() => client.end());
}

const secretsOf = (stdout: string) =>
  Object.fromEntries(
    List.parse(JSON.parse(stdout)).items.map(({ metadata, stringData }) => [metadata.name, stringData.url]),
  );

test('an owner who may not make roles migrates all the same; later an administrator makes them', async ({
  place: { env, admin },
}) => {
  expect(await admin("select from pg_roles where rolname like 'kubescribe\\_%'")).toEqual([]);
  expect((await kubescribe(['roles', '--check'], { env })).code).toBe(1);

  const made = await kubescribe(['roles', '--secrets', '--source', 'feed.market_ticks'], { env });
  expect(made).toMatchObject({ code: 0 });
  const urls = secretsOf(made.stdout);
  expect(Object.keys(urls).sort()).toEqual(logins.map(({ secret }) => secret).sort());

  const reader = String(urls['kubescribe-runlog-reader']);
  await say(reader, 'select clock(), count(*) from run_log');
  await expect(say(reader, "insert into run_log (component) values ('x')")).rejects.toThrow(/read-only/);
  await expect(
    say(
      `${reader}?options=-c default_transaction_read_only=off`,
      "insert into run_log (component) values ('x')",
    ),
  ).rejects.toThrow(DENIED);
  const planner = String(urls['kubescribe-runlog-planner']);
  await expect(say(planner, 'delete from run_log')).rejects.toThrow(DENIED);
  await expect(say(planner, "update audit set why = 'so'")).rejects.toThrow(DENIED);
  const report = String(urls['kubescribe-report']);
  await say(
    report,
    'create unlogged table kubescribe.stage_1 (); drop table kubescribe.stage_1; delete from market_bars',
  );
  await expect(say(report, 'create table mine ()')).rejects.toThrow(DENIED);
  await expect(say(report, 'truncate market_bars')).rejects.toThrow(DENIED);
  const people = String(urls['kubescribe-report-reader']);
  await say(people, 'select from market_bars; select from market_days; select from kubescribe.commits');
  await expect(say(people, 'select from kubescribe.fence')).rejects.toThrow(DENIED);
  await expect(
    say(`${people}?options=-c default_transaction_read_only=off`, 'delete from market_bars'),
  ).rejects.toThrow(DENIED);
  const production = String(urls['kubescribe-production']);
  await say(production, 'select xmin, pg_snapshot_xmin(pg_current_snapshot()) from feed.market_ticks');
  await expect(say(production, 'select from wages')).rejects.toThrow(DENIED);
});

test('who migrates by its login changes what was there before', async ({ place: { env } }) => {
  const made = await kubescribe(['roles', '--secrets'], { env });
  const migrator = String(secretsOf(made.stdout)['kubescribe-runlog-migrator']);

  await migrateDown(migrator, runlogMigrations, 3);
  await migrateUp(migrator, runlogMigrations);

  await say(
    migrator,
    `drop table logs_${new Date(Date.now() - DAY).toISOString().slice(0, 10).replaceAll('-', '')}`,
  );
  await say(migrator, 'select ensure_log_partitions()');
  expect((await kubescribe(['roles', '--check', '--database', 'runlog'], { env })).stdout).toBe(
    'runlog: as it should be\n',
  );
});

test('who migrates the report database by its login leaves it open to who writes reports', async ({
  place: { env },
}) => {
  const urls = secretsOf((await kubescribe(['roles', '--secrets'], { env })).stdout);
  const migrator = String(urls['kubescribe-report-migrator']);
  const writer = String(urls['kubescribe-report']);
  await say(writer, 'create table kubescribe.stage_1 ()');

  await migrateDown(migrator, reportMigrations, 1);
  await migrateUp(migrator, reportMigrations);

  await say(writer, 'delete from kubescribe.evidence; drop table kubescribe.stage_1');
  await expect(say(writer, 'alter table kubescribe.evidence add mine int')).rejects.toThrow(/must be owner/);
  await expect(say(migrator, 'select from market_bars')).rejects.toThrow(DENIED);
  expect((await kubescribe(['roles', '--check', '--database', 'report'], { env })).stdout).toBe(
    'report: as it should be\n',
  );
});

test('a second time there is nothing to do; what somebody changes is told, and mended', async ({
  place: { env, admin },
}) => {
  await kubescribe(['roles'], { env });
  expect((await kubescribe(['roles'], { env })).stdout).toBe(
    'runlog: nothing to do\nreport: nothing to do\nprod: nothing to do\n',
  );

  await admin(
    `grant delete on run_log to kubescribe_reader; grant update (meta) on run_log to public;
     revoke insert on audit from kubescribe_planner; create table forgotten ();
     grant select on forgotten to kubescribe_writer`,
    'runlog',
  );
  await admin(
    `alter role kubescribe_app_reader superuser; alter role kubescribe_app_writer set lock_timeout = '1h';
     grant pg_read_all_data to kubescribe_app_notifier; alter role kubescribe_reader login`,
  );
  const check = await kubescribe(['roles', '--check', '--database', 'runlog'], { env });
  expect(check.code).toBe(1);
  expect(check.stdout.trimEnd().split('\n').sort()).toEqual(
    [
      'runlog: kubescribe_reader may log in',
      'runlog: kubescribe_app_reader is superuser',
      'runlog: kubescribe_app_writer has lock_timeout = 1h, not 2s',
      'runlog: kubescribe_app_notifier is a member of pg_read_all_data',
      'runlog: kubescribe_planner may not insert on table audit',
      'runlog: kubescribe_reader may delete on table run_log, and should not',
      'runlog: kubescribe_writer may select on table forgotten, and should not',
      'runlog: public may update (meta) on table run_log, and should not',
      'runlog: table forgotten belongs to kubescribe',
    ].sort(),
  );

  await kubescribe(['roles', '--database', 'runlog'], { env });
  expect((await kubescribe(['roles', '--check', '--database', 'runlog'], { env })).stdout).toBe(
    'runlog: as it should be\n',
  );
});

test('a dry run prints SQL that does it, and no password', async ({ place: { env, admin } }) => {
  const input = JSON.stringify({ kubescribe_app_reader: 'quite a long secret' });
  const dry = await kubescribe(['roles', '--dry-run', '--passwords', '--database', 'runlog'], { env, input });
  expect(dry.stdout).toContain("create role kubescribe_app_reader login password '…';");
  expect(dry.stdout + dry.stderr).not.toMatch(/quite a long|SCRAM/);
  expect(await admin("select from pg_roles where rolname like 'kubescribe\\_%'")).toEqual([]);

  await admin(dry.stdout, 'runlog');

  expect((await kubescribe(['roles', '--check', '--database', 'runlog'], { env })).code).toBe(0);
});

test('passwords come by stdin, and a login keeps its own until it gets another', async ({
  place: { env, at },
}) => {
  const name = 'kubescribe_app_reader';
  const give = (password: string, ...more: string[]) =>
    kubescribe(['roles', '--passwords', '--database', 'runlog', ...more], {
      env,
      input: JSON.stringify({ [name]: password }),
    });

  const given = await give('pass phrase: ünïque');
  expect(given.stdout + given.stderr).not.toContain('ünïque');
  await kubescribe(['roles', '--database', 'runlog'], { env });
  await say(at('runlog', name, encodeURIComponent('pass phrase: ünïque')), 'select');
  await give('and now another');
  await say(at('runlog', name, 'and now another'), 'select');

  expect(await give('short')).toMatchObject({ code: 2, stdout: '' });
  expect((await kubescribe(['roles', '--rotate'], { env })).code).toBe(2);
});

test('an administrator who is no superuser, but may make roles and owns the database, is enough', async ({
  place: { env, owned, admin },
}) => {
  await admin('alter role owner createrole');

  const made = await kubescribe(['roles', '--database', 'runlog'], {
    env: { ...env, RUNLOG_DB_URL: owned('runlog') },
  });

  expect(made).toMatchObject({ code: 0, stderr: '' });
  const { rows } = await say(owned('runlog'), "select rolname from pg_roles where rolname ~ '^kubescribe_'");
  expect(rows.map((row) => row.rolname)).toEqual(expect.arrayContaining(roles.map(groupOf)));
  expect((await kubescribe(['roles', '--check', '--database', 'runlog'], { env })).code).toBe(0);
});

test('databases of one server that are migrated at once make the roles once', async ({
  place: { at },
  server,
}) => {
  await server.admin('alter role owner createrole');
  const names = ['one', 'two', 'three', 'four'];
  for (const name of names) await server.admin(`create database ${name} owner owner`);
  const url = (name: string) => at(name, 'owner', 'of the databases');

  await Promise.all(names.map((name) => migrateUp(url(name), runlogMigrations)));

  for (const name of names) {
    const { rows } = await say(
      url(name),
      "select has_table_privilege('kubescribe_reader', 'run_log', 'select') as may",
    );
    expect(rows).toEqual([{ may: true }]);
    await server.admin(`drop database ${name}`);
  }
});
