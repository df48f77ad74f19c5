import { spawn } from 'node:child_process';
import { hash } from 'node:crypto';
import { once } from 'node:events';
import { chmodSync, readdirSync, readFileSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type pg from 'pg';
import { expect } from 'vitest';
import { listTables, ours } from '../../lib/backup/describe.ts';
import { test, testOn16 } from '../setup/fixtures.ts';
import { lockWaits } from '../setup/lock-waits.ts';
import { asLogin } from '../setup/own-login.ts';
import { until } from '../setup/until.ts';
import { folder, kubescribe } from './command.ts';

const backup = (runlog: string, dir: string, ...args: string[]) =>
  kubescribe(['backup', '--dir', dir, '-o', 'json', ...args], { env: { RUNLOG_DB_URL: runlog } });

/** Values that text formats have to escape, and a day of the log that is long gone. */
const PAST = `
  insert into pipelines (name) values ('sample');
  insert into run_log (run_id, component, status, started_at, finished_at, error_message, meta)
  values ('00000000-0000-4000-8000-000000000001', 'sample', 'ERROR', '2026-01-01', '2026-01-02 00:00:00.123456',
          E'tab\\there, line\\nthere, \\\\. and \\\\N', '{"größe": "\\u0041"}');
  create table logs_20260102 partition of logs for values from ('2026-01-02') to ('2026-01-03');
  insert into logs (type, job_run_id, message, timestamp)
  values ('job', '00000000-0000-4000-8000-000000000001', E'\\\\.', '2026-01-02 12:00');
  insert into audit (actor, came_from, action, subject) values ('somebody', 'a test', 'run.cancel', 'one');
  select seal_audit();
  select nextval('epochs') from generate_series(1, 70);`;

/** All of RunLog by another way than that of backups; what backups note of themselves is left out. */
async function contents(client: pg.Client): Promise<Record<string, unknown>> {
  const tables = (await listTables(client)).filter(
    (name) => ours.includes(name) && !/backup_logs$/.test(name),
  );
  const all: Record<string, unknown> = {};
  for (const name of tables)
    all[name] = (await client.query(`select t::text as row from ${name} t order by 1`)).rows.map(
      ({ row }) => row,
    );
  return all;
}

const stepsOf = async (client: pg.Client) =>
  (
    await client.query(
      'select backup_type as step, status from operation_logs.backup_logs order by backup_id',
    )
  ).rows.map(({ step, status }) => `${step} ${status}`);

test('a backup is verified, and restored into an empty database it is all of RunLog', async ({
  runlog,
  empty,
  connect,
}) => {
  const client = await connect(runlog);
  await client.query(PAST);
  const dir = join(folder(), 'made');

  const made = await backup(runlog, dir, '--verify');
  expect(made).toMatchObject({ code: 0, stderr: '' });
  const { file, verified } = JSON.parse(made.stdout);
  expect(verified).toBe(true);
  expect(await stepsOf(client)).toEqual(['backup SUCCESS', 'verify SUCCESS']);
  expect(readdirSync(dir).map((name) => statSync(join(dir, name)).mode & 0o777)).toEqual([0o600, 0o600]);
  // Other tests verify theirs on the same server.
  const scratch = `kubescribe_verify_${hash('sha256', new URL(runlog).pathname).slice(0, 8)}`;
  expect(
    (await client.query('select from pg_database where starts_with(datname, $1)', [scratch])).rowCount,
  ).toBe(0);

  const restored = await kubescribe(['restore', file, '--why', 'a rehearsal'], {
    env: { RUNLOG_DB_URL: empty },
  });
  expect(restored).toMatchObject({ code: 0 });
  const copy = await connect(empty);
  const before = await contents(client);
  const after = await contents(copy);
  const { rows: added } = await copy.query(`select action, subject, why from audit where audit_id > 1`);
  expect(added).toEqual([{ action: 'backup.restore', subject: 'RunLog', why: 'a rehearsal' }]);
  expect({ ...after, audit: [(after.audit as string[])[0]] }).toEqual(before);
  expect((await copy.query(`select nextval('epochs')::int as epoch`)).rows[0].epoch).toBeGreaterThan(70);
  // What guards the rows does so again.
  await expect(copy.query('delete from audit where audit_id = 1')).rejects.toThrow('audit only grows');
  await expect(copy.query('truncate audit_head')).rejects.toThrow('refused');
  const checked = await kubescribe(['audit', 'verify'], { env: { RUNLOG_DB_URL: empty } });
  expect(checked).toMatchObject({ code: 0, stdout: expect.stringContaining('Nothing was changed') });
});

test('restoring over a RunLog that is not empty has to be said', async ({ runlog, connect }) => {
  const client = await connect(runlog);
  const dir = folder();
  await client.query(PAST);
  expect(await backup(runlog, dir)).toMatchObject({ code: 0 });
  await client.query(
    `insert into run_log (component) values ('later'); select nextval('epochs') from generate_series(1, 500)`,
  );
  const env = { RUNLOG_DB_URL: runlog };
  const runs = async () =>
    (await client.query('select component from run_log')).rows.map(({ component }) => component);

  const refused = await kubescribe(['restore', dir], { env });
  expect(refused).toMatchObject({
    code: 1,
    stderr: expect.stringContaining('is not empty. With --replace all of it is lost'),
  });
  expect(await runs()).toEqual(['sample', 'later']);

  expect(await kubescribe(['restore', dir, '--replace'], { env })).toMatchObject({ code: 0 });
  expect(await runs()).toEqual(['sample']);
  // Epochs that were handed out meanwhile are not handed out again.
  expect((await client.query(`select nextval('epochs')::int as epoch`)).rows[0].epoch).toBeGreaterThan(570);
});

test.for([
  ['cut off', (dump: string) => truncateSync(dump, statSync(dump).size - 9), 'it is not whole'],
  ['changed', (dump: string) => flip(dump), 'its checksum differs'],
] as const)(
  'a dump that was %s is refused, and nothing is touched',
  async ([, spoil, why], { runlog, empty, connect }) => {
    const dir = folder();
    const { file } = JSON.parse((await backup(runlog, dir)).stdout);
    spoil(file);

    const restored = await kubescribe(['restore', file], { env: { RUNLOG_DB_URL: empty } });
    const verified = await kubescribe(['verify', file], { env: { RUNLOG_DB_URL: runlog } });

    expect([restored, verified]).toEqual(
      Array(2).fill(expect.objectContaining({ code: 1, stderr: expect.stringContaining(why) })),
    );
    expect(await listTables(await connect(empty))).toEqual([]);
    const { rows } = await (await connect(runlog)).query(
      `select error_detail from operation_logs.backup_logs where backup_type = 'verify' and status = 'ERROR'`,
    );
    expect(rows).toEqual([{ error_detail: expect.stringContaining(why) }]);
  },
);

test('what is restored is compared with what was counted when the backup was made', async ({
  runlog,
  empty,
  connect,
}) => {
  const dir = folder();
  await (await connect(runlog)).query(PAST);
  // Who owns RunLog may make one.
  expect(await backup(asLogin(runlog, 'kubescribe-runlog-migrator'), dir)).toMatchObject({ code: 0 });
  const path = join(dir, readdirSync(dir).find((name) => name.endsWith('.json')) ?? '');
  const manifest = JSON.parse(readFileSync(path, 'utf8'));
  for (const table of manifest.tables) {
    if (table.name === 'run_log') table.checksum = 'f'.repeat(32);
    if (table.name === 'pipelines') table.rows = 7;
  }
  writeFileSync(path, JSON.stringify(manifest));

  const { code, stderr } = await kubescribe(['restore', path], { env: { RUNLOG_DB_URL: empty } });

  expect(code).toBe(1);
  expect(stderr).toContain('pipelines has 1 rows instead of 7');
  expect(stderr).toContain('run_log has as many rows, but not the same ones');
  expect(await listTables(await connect(empty))).toEqual([]);
});

test('a dump without its manifest was never finished', async ({ runlog }) => {
  const dir = folder({ 'runlog-a-20260101T000000Z.sql.gz': 'half of it' });

  const named = await kubescribe(['verify', join(dir, 'runlog-a-20260101T000000Z.sql.gz')], {
    env: { RUNLOG_DB_URL: runlog },
  });
  const newest = await kubescribe(['verify', dir], { env: { RUNLOG_DB_URL: runlog } });

  expect(named.stderr).toContain('is missing: without it nobody knows');
  expect(newest.stderr).toContain('There is no finished backup');
});

test('so many are kept as was said, and never is the newest removed that was verified', async ({
  runlog,
  connect,
}) => {
  const client = await connect(runlog);
  const dir = folder();
  const taken = async (shift: string, ...args: string[]) => {
    await client.query(
      'insert into clock_shift (shift) values ($1) on conflict (singleton) do update set shift = $1',
      [shift],
    );
    return JSON.parse((await backup(runlog, dir, ...args)).stdout);
  };

  const sure = await taken('0', '--verify');
  const second = await taken('1 day');
  const third = await taken('2 days', '--keep', '1');
  const fourth = await taken('3 days', '--keep', '1', '--verify');

  expect([sure, second, third, fourth].map(({ removed }) => removed.length)).toEqual([0, 0, 1, 2]);
  expect(third.removed).toEqual([second.file.split('/').at(-1)]);
  expect(readdirSync(dir)).toHaveLength(2);
});

test('one backup at a time; what died before is ended by the next', async ({ runlog, connect }) => {
  const client = await connect(runlog);
  const dir = folder();
  await client.query(
    `insert into operation_logs.backup_logs (backup_type, status, started_at) values ('backup', 'STARTED', now())`,
  );
  await client.query(`select pg_advisory_lock(hashtextextended('kubescribe.backup', 0))`);

  const refused = await backup(runlog, dir);
  await client.query('select pg_advisory_unlock_all()');
  const made = await backup(runlog, dir);

  expect(refused).toMatchObject({
    code: 1,
    stderr: expect.stringContaining('Another backup of this RunLog is under way'),
  });
  expect(made.code).toBe(0);
  expect(await stepsOf(client)).toEqual(['backup ERROR', 'backup SUCCESS']);
});

test('a backup that is told to stop stops at once and leaves nothing', async ({ runlog, connect }) => {
  const [client, onlooker] = [await connect(runlog), await connect(runlog)];
  const dir = folder();
  await client.query('begin; lock table run_log in access exclusive mode');
  const child = spawn(process.execPath, ['cli/kubescribe.ts', 'backup', '--dir', dir], {
    env: { PATH: process.env.PATH, RUNLOG_DB_URL: runlog },
  });
  await until(async () => (await lockWaits(onlooker, `application_name = 'kubescribe backup'`)) === 1);

  child.kill('SIGTERM');
  const [code] = await once(child, 'exit');

  expect([code, readdirSync(dir)]).toEqual([1, []]);
  await client.query('rollback');
});

testOn16('RunLog on PostgreSQL 16 is backed up and restored as well', async ({ runlog, connect }) => {
  await (await connect(runlog)).query(PAST);

  const made = await backup(runlog, folder(), '--verify');

  expect(made).toMatchObject({ code: 0, stderr: '' });
  expect(JSON.parse(made.stdout)).toMatchObject({ verified: true });
});

test('a pg_dump that is older than the server is named, with what is needed', async ({ runlog }) => {
  const path = program(folder(), 'echo "pg_dump (PostgreSQL) 9.6.1"');

  const { code, stderr } = await kubescribe(['backup', '--dir', folder(), '--by', 'pg_dump'], {
    env: { RUNLOG_DB_URL: runlog, PATH: path },
  });

  expect(code).toBe(1);
  expect(stderr).toMatch(/PostgreSQL 18\S*: pg_dump 18 or newer is needed, found: .*pg_dump 9\.6\.1/);
  expect(stderr).toContain("KubeScribe's own dump needs no program");
});

test('a password is no word of a command', async ({ runlog }) => {
  const dir = folder();
  const path = program(
    folder(),
    `[ "$1" = --version ] && echo "pg_dump (PostgreSQL) 99.1" && exit
     echo "$@" > ${dir}/words; echo "$PGPASSWORD" > ${dir}/password
     for word in "$@"; do case $word in --file=*) echo dump > "\${word#--file=}";; esac; done`,
  );

  const made = await kubescribe(['backup', '--dir', dir, '--by', 'pg_dump', '-o', 'json'], {
    env: { RUNLOG_DB_URL: runlog, PATH: `${path}:/usr/bin:/bin` },
  });

  expect(made).toMatchObject({ code: 0 });
  const { username, password } = new URL(runlog);
  const words = readFileSync(join(dir, 'words'), 'utf8');
  expect(words).toContain(`--dbname=postgresql://${username}@`);
  expect(words).not.toContain(password);
  expect(readFileSync(join(dir, 'password'), 'utf8').trim()).toBe(decodeURIComponent(password));
});

test('who may make no database is told so', async ({ runlog }) => {
  const dir = folder();
  await backup(runlog, dir);
  const env = { RUNLOG_DB_URL: runlog, SCRATCH_DB_URL: asLogin(runlog, 'kubescribe-runlog-reader') };

  const { code, stderr } = await kubescribe(['verify', dir], { env });

  expect([code, stderr]).toEqual([1, expect.stringContaining('needs the right CREATEDB')]);
});

/** A folder for PATH with a pg_dump that does this. */
function program(dir: string, does: string): string {
  for (const name of ['pg_dump', 'pg_restore']) {
    writeFileSync(join(dir, name), `#!/bin/sh\n${does}\n`);
    chmodSync(join(dir, name), 0o755);
  }
  return dir;
}

function flip(path: string): void {
  const bytes = readFileSync(path);
  const middle = bytes.length >> 1;
  bytes[middle] = (bytes[middle] ?? 0) ^ 1;
  writeFileSync(path, bytes);
}
