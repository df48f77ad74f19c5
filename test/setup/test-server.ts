import { mkdtempSync, readdirSync, renameSync, rmSync, statfsSync, statSync } from 'node:fs';
import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import { migrateUp, reportMigrations, runlogMigrations } from '../../lib/db/migrate.ts';
import { loadDemo } from '../../local/demo/load.ts';
import { SCALES } from '../../local/demo/planted.ts';
import { makeLogins } from '../../local/logins.ts';
import { type LocalPostgres, startPostgres } from '../../local/postgres.ts';
import type { PostgresVersion } from '../../local/postgres-binaries.ts';
import { stopOrphan } from '../../local/postgres-orphan.ts';

/** The test history covers the two days before it. */
const DEMO_UNTIL = new Date('2026-01-31');
const PREFIX = 'kubescribe-test-';
const HOUR = 3_600_000;
const ENOUGH_MEMORY = 4 * 2 ** 30;
/** Where test data goes. A database is hundreds of files: ten times faster in memory, where there is enough. */
export const PLACE = bytesFree('/dev/shm') > ENOUGH_MEMORY ? '/dev/shm' : tmpdir();
const KEPT = join(PLACE, `kubescribe-failed-tests-${userInfo().uid}`);

/** Starts a server with the template databases tpl_runlog, tpl_report, tpl_prod and tpl_empty. */
export async function startTestServer(version: PostgresVersion = 18): Promise<LocalPostgres> {
  await sweepKilledRuns();
  const home = mkdtempSync(join(PLACE, PREFIX));
  const databases = ['tpl_runlog', 'tpl_report', 'tpl_prod', 'tpl_empty'];
  const settings = {
    'kubescribe.allow_clock_shift': 'on',
    max_connections: '300',
    max_prepared_transactions: '50',
  };
  const server = await startPostgres({ home, databases, version, fsync: false, settings });
  const stop = async () => {
    const kept = await server.admin("select datname from pg_database where datname like 't\\_%'");
    await server.stop();
    if (kept.length === 0) return rmSync(home, { recursive: true, force: true });
    rmSync(KEPT, { recursive: true, force: true });
    renameSync(home, KEPT);
    console.log(
      `Databases of failed tests (${kept.map((row) => row.datname).join(', ')}) are kept in ${KEPT}`,
    );
  };
  await migrateUp(server.url('tpl_runlog'), runlogMigrations);
  await migrateUp(server.url('tpl_report'), reportMigrations);
  await loadDemo(server.url('tpl_prod'), { scale: SCALES.tests, until: DEMO_UNTIL });
  for (const database of ['runlog', 'report', 'prod'] as const) {
    const url = server.url(`tpl_${database}`);
    await makeLogins(url, database, new URL(url).password);
  }
  return { ...server, stop };
}

// A test run that was killed leaves its server and its folder; one that is still going refuses to be swept.
async function sweepKilledRuns(): Promise<void> {
  for (const folder of readdirSync(PLACE).filter((name) => name.startsWith(PREFIX))) {
    const home = join(PLACE, folder);
    await stopOrphan(join(home, 'postgres')).then(
      (pid) => (pid || isOld(home)) && rmSync(home, { recursive: true, force: true }),
      () => {},
    );
  }
}

// Without a server it may be a run that is about to start one.
function isOld(folder: string): boolean {
  const stat = statSync(folder, { throwIfNoEntry: false });
  return stat !== undefined && Date.now() - stat.mtimeMs > HOUR;
}

function bytesFree(folder: string): number {
  try {
    const { bavail, bsize } = statfsSync(folder);
    return bavail * bsize;
  } catch {
    return 0;
  }
}
