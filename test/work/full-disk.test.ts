import { spawnSync } from 'node:child_process';
import { chownSync, mkdirSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { connect } from '../../lib/db/connect.ts';
import { migrateUp, reportMigrations } from '../../lib/db/migrate.ts';
import { startPostgres } from '../../local/postgres.ts';
import { arrive, createFeed, createThings, feedPipeline, readThings, things } from '../lib/ingest/feed.ts';
import { test as base, expect } from '../setup/product.ts';
import { settled } from '../setup/settled.ts';
import { PLACE } from '../setup/test-server.ts';

const system = (program: string, ...args: string[]) => spawnSync(program, args);

const test = base.extend('disk', async ({ onTestFinished, skip }) => {
  const home = mkdtempSync(join(PLACE, 'kubescribe-test-'));
  const mount = join(home, 'small');
  mkdirSync(mount);
  onTestFinished(() => {
    system('umount', '-l', mount);
    rmSync(home, { recursive: true, force: true });
  });
  const { status } = system('mount', '-t', 'tmpfs', '-o', 'size=8m', 'tmpfs', mount);
  if (status !== 0) {
    console.warn('NOT TESTED: a full disk. It takes root, who may mount a small one.');
    skip('only root may mount a disk that is small enough to be filled');
  }
  return { home, mount };
});

/** A report database whose tables that pipelines write lie on a disk of 8 MB. */
const onSmallDisk = test.extend('small', async ({ disk, onTestFinished }) => {
  const { home, mount } = disk;
  const server = await startPostgres({ home, databases: ['report'], fsync: false });
  const { uid, gid } = statSync(join(home, 'postgres'));
  chownSync(mount, uid, gid);
  await migrateUp(server.url('report'), reportMigrations);
  const reports = await connect(server.url('report'), { name: 'reports' });
  onTestFinished(async () => {
    await reports.end();
    await server.stop();
  });
  await server.admin(`create tablespace small location '${mount}'`);
  await reports.query('set default_tablespace = small');
  await createThings(reports);
  return { url: server.url('report'), reports, filler: join(mount, 'filler') };
});

onSmallDisk(
  'a full disk ends the run with a clear error; with room again the next goes on',
  {
    timeout: 90_000,
  },
  async ({ small, product, prod, runlog, connect: open }) => {
    const [production, ledger] = [await open(prod), await open(runlog)];
    await createFeed(production);
    await arrive(production, ...rows(100, 'before'));
    const { start } = await product({
      pipelines: [feedPipeline('feed', [things()])],
      env: { REPORT_DB_URL: small.url },
    });
    await settled(production);
    await start('feed');
    await arrive(production, ...rows(20_000, 'after'));
    writeFileSync(small.filler, Buffer.alloc(7_000_000));
    await settled(production);

    expect(await start('feed')).toMatchObject({
      status: 'ERROR',
      error_code: 'SQL_53100',
      error_message: expect.stringContaining('No space left on device'),
    });

    expect(await readThings(small.reports)).toHaveLength(100);
    expect((await ledger.query('select from operation_logs.upsert_failures')).rowCount).toBe(0);
    rmSync(small.filler);
    await small.reports.query('vacuum things');
    expect(await start('feed')).toMatchObject({ status: 'SUCCESS', meta: { read: 20_000, written: 20_000 } });
    expect(await readThings(small.reports)).toHaveLength(20_100);
  },
);

const rows = (count: number, name: string) =>
  Array.from({ length: count }, (_, i) => ({ thing: `${name} ${i}` }));
