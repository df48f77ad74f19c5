import { spawn } from 'node:child_process';
import { chownSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { test as base, expect, vi } from 'vitest';
import { type LocalPostgres, type PostgresOptions, startPostgres } from '../../local/postgres.ts';
import { findPostgres } from '../../local/postgres-binaries.ts';
import { PLACE } from '../setup/test-server.ts';
import { until } from '../setup/until.ts';

const MODULE = join(import.meta.dirname, '../../local/postgres.ts');
const isRoot = process.getuid?.() === 0;

type Start = (options?: Partial<PostgresOptions>) => Promise<LocalPostgres>;

const test = base
  .extend('home', ({ task: _ }, { onCleanup }) => {
    const home = mkdtempSync(join(PLACE, 'kubescribe-postgres-'));
    onCleanup(() => rmSync(home, { recursive: true, force: true }));
    return home;
  })
  .extend('start', ({ home }, { onCleanup }): Start => {
    const servers: LocalPostgres[] = [];
    onCleanup(async () => void (await Promise.all(servers.map((server) => server.stop()))));
    return async (options) => {
      const server = await startPostgres({ home, databases: ['runlog'], fsync: false, ...options });
      servers.push(server);
      return server;
    };
  })
  .extend('killed', ({ home }) => async (): Promise<number> => {
    const owner = ownerOf(home);
    const pid = await owner.serverPid;
    owner.process.kill('SIGKILL');
    await owner.ended;
    return pid;
  });

test('data survives a stop and a start, on the same port', async ({ start }) => {
  const first = await start();
  await first.admin('create table kept as select 1 as n', 'runlog');
  await first.stop();

  const second = await start();

  expect(await second.admin('select n from kept', 'runlog')).toEqual([{ n: 1 }]);
  expect(second.port).toBe(first.port);
  expect(second.version).toMatch(/^18\./);
});

test('committed data survives a crash', async ({ start }) => {
  const first = await start({ fsync: true });
  await first.admin('create table kept as select 1 as n', 'runlog');
  await first.crash();

  const second = await start();

  expect(await second.admin('select n from kept', 'runlog')).toEqual([{ n: 1 }]);
});

test('a fresh start forgets the data', async ({ start }) => {
  const first = await start();
  await first.admin('create table kept ()', 'runlog');
  await first.stop();

  const second = await start({ fresh: true });

  expect(await second.admin("select to_regclass('kept') as kept", 'runlog')).toEqual([{ kept: null }]);
});

test('the server that a killed start left is stopped and replaced', async ({ start, killed }) => {
  const orphan = await killed();
  const log = vi.fn();
  expect(isAlive(orphan)).toBe(true);

  const server = await start({ log });

  expect(isAlive(orphan)).toBe(false);
  expect(log).toHaveBeenCalledWith(expect.stringContaining(String(orphan)));
  expect(await server.admin('select 1 as one', 'runlog')).toEqual([{ one: 1 }]);
});

test('a folder in use by a living KubeScribe is refused and left alone', async ({ home, start }) => {
  const owner = ownerOf(home);
  const pid = await owner.serverPid;

  await expect(start()).rejects.toThrow(`in use by KubeScribe process ${owner.process.pid}`);

  expect(isAlive(pid)).toBe(true);
  owner.process.kill('SIGTERM');
  await owner.ended;
});

test('a stale pid file whose number went to another process does not hinder', async ({ home, start }) => {
  const first = await start();
  const file = join(home, 'postgres', 'postmaster.pid');
  const noted = readFileSync(file, 'utf8');
  await first.crash();
  writeFileSync(file, noted.replace(String(first.pid), String(process.pid)));

  const second = await start();

  expect(await second.admin('select 1 as one')).toEqual([{ one: 1 }]);
});

test('a busy port moves on unless it was asked for', async ({ home, start }) => {
  const first = await start();
  await first.stop();
  const squatter = createServer().listen(first.port, '127.0.0.1');
  await until(() => squatter.listening);

  const second = await start();
  const asked = start({ home: join(home, 'other'), port: first.port });

  expect(second.port).not.toBe(first.port);
  await expect(asked).rejects.toThrow('Address already in use');
  squatter.close();
});

test('nobody gets in without the password', async ({ start }) => {
  const server = await start();
  const { default: pg } = await import('pg');
  const url = new URL(server.url('runlog'));
  url.password = 'wrong';

  await expect(new pg.Client({ connectionString: url.href }).connect()).rejects.toThrow(/password/);
});

test('a data folder of another version is one clear sentence', async ({ home, start }) => {
  mkdirSync(join(home, 'postgres'));
  writeFileSync(join(home, 'postgres', 'PG_VERSION'), '15\n');

  await expect(start()).rejects.toThrow(
    'was made by PostgreSQL 15, not 18. "--fresh" starts with an empty one.',
  );
});

test('a damaged data folder says what PostgreSQL says', async ({ home, start }) => {
  const first = await start();
  await first.stop();
  rmSync(join(home, 'postgres', 'global'), { recursive: true });

  await expect(start()).rejects.toThrow(/did not start .*global.*postgres\.log/s);
});

test('library links that npm did not make are made', () => {
  const unused = join(findPostgres(18).postgres, '../../lib/libecpg_compat.so');
  rmSync(unused, { force: true });

  findPostgres(18);

  expect(existsSync(unused)).toBe(true);
});

test.runIf(isRoot)('root may keep the data where only root may go', async ({ home, start }) => {
  const closed = join(home, 'closed');
  mkdirSync(closed, { mode: 0o700 });

  const server = await start({ home: join(closed, 'data') });

  expect(await server.admin('select 1 as one')).toEqual([{ one: 1 }]);
});

test.runIf(isRoot)('a normal user needs no root', async () => {
  const uid = 65534;
  const home = mkdtempSync(join(PLACE, 'kubescribe-user-'));
  chownSync(home, uid, uid);
  const owner = ownerOf(home, { uid, gid: uid });

  expect(await owner.serverPid).toBeGreaterThan(0);

  owner.process.kill('SIGTERM');
  expect(await owner.ended).toBe(0);
  rmSync(home, { recursive: true });
});

/** Another process that starts the server and holds it until SIGTERM. */
function ownerOf(home: string, ids: { uid?: number; gid?: number } = {}) {
  const script = `
    import { startPostgres } from '${MODULE}';
    const server = await startPostgres({ home: '${home}', databases: [], fsync: false });
    const hold = setInterval(() => {}, 1000);
    process.once('SIGTERM', () => server.stop().then(() => clearInterval(hold)));
    console.log(server.pid);`;
  const args = ['--input-type=module', '--eval', script];
  const child = spawn(process.execPath, args, { ...ids, cwd: '/', stdio: ['ignore', 'pipe', 'inherit'] });
  const ended = new Promise<number | null>((resolve) => child.once('exit', resolve));
  const serverPid = new Promise<number>((resolve, reject) => {
    child.stdout.once('data', (line) => resolve(Number(line)));
    child.once('exit', (code) => reject(new Error(`ended with ${code}`)));
  });
  return { process: child, serverPid, ended };
}

function isAlive(pid: number): boolean {
  const stat = `/proc/${pid}/stat`;
  // A dead process that its parent has not looked after yet still has an entry: Z.
  return existsSync(stat) && !/\) Z /.test(readFileSync(stat, 'utf8'));
}
