import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'vitest';
import { connect } from '../../../lib/db/connect.ts';
import { startPostgres } from '../../../local/postgres.ts';
import { test as base } from '../../setup/fixtures.ts';
import { PLACE } from '../../setup/test-server.ts';
import { until } from '../../setup/until.ts';
import { arrive, createFeed, createThings, readThings, things, winners } from './feed.ts';
import { runTask } from './run-task.ts';

const test = base.extend('source', async ({ onTestFinished }) => {
  const home = mkdtempSync(join(PLACE, 'kubescribe-test-'));
  const start = (settings: Record<string, string> = {}) =>
    startPostgres({
      home,
      databases: ['prod'],
      fsync: false,
      settings: { wal_level: 'replica', ...settings },
    });
  let server = await start();
  onTestFinished(async () => {
    await server.stop();
    rmSync(home, { recursive: true, force: true });
  });
  return {
    url: () => server.url('prod'),
    /** Comes back as from a backup: the same rows, on a timeline of its own. */
    async restore() {
      await server.stop();
      writeFileSync(join(home, 'postgres', 'recovery.signal'), '');
      server = await start({ restore_command: 'false' });
      // It may be read before its recovery is over, and be written only then.
      await until(async () => {
        const [row] = await server.admin('select pg_is_in_recovery() as recovering');
        return row?.recovering === false;
      });
    },
  };
});

test('a source that was restored is read from the beginning, whatever its transaction ids are', async ({
  source,
  report,
}) => {
  const reports = await connect(report, { name: 'writer' });
  await createThings(reports);
  let production = await connect(source.url(), { name: 'reader' });
  await createFeed(production);
  await arrive(production, { thing: 'old' });
  await runTask(production, reports, things());
  // What the backup does not have raised the horizon.
  await reports.query('update kubescribe.commits set horizon = horizon + 1000');
  await production.end();

  await source.restore();
  production = await connect(source.url(), { name: 'reader' });
  await arrive(production, { thing: 'new' });

  expect(await runTask(production, reports, things())).toMatchObject({
    books: { read: 2, written: 1, unchanged: 1 },
    warnings: [expect.stringMatching(/^The source is another than before .*: everything is read again\.$/)],
  });
  expect(await runTask(production, reports, things())).toMatchObject({ books: { read: 0 }, warnings: [] });
  expect(await readThings(reports)).toEqual(await winners(production));
  await production.end();
  await reports.end();
});
