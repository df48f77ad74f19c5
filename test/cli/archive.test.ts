import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from '../setup/product.ts';
import { kubescribe } from './command.ts';

test('months that are too old are written, listed, purged and brought back', async ({
  runlog,
  connect,
  onTestFinished,
}) => {
  const client = await connect(runlog);
  const folder = await mkdtemp(join(tmpdir(), 'archive-'));
  onTestFinished(() => rm(folder, { recursive: true }));
  await client.query(`
    create table operation_logs.backup_logs_202002 partition of operation_logs.backup_logs
      for values from ('2020-02-01 00:00+00') to ('2020-03-01 00:00+00');
    insert into operation_logs.backup_logs (backup_type, log_time) values ('full', '2020-02-29 23:59:59.999999Z');
    do $$ begin execute format('alter table operation_logs.backup_logs_202002 owner to %s', (
      select relowner::regrole from pg_class where oid = 'operation_logs.backup_logs'::regclass)); end $$`);
  const env = { RUNLOG_DB_URL: runlog, KUBESCRIBE_ARCHIVE: folder };
  const old = async () =>
    (await client.query(`select backup_type from operation_logs.backup_logs where log_time < '2021-01-01'`))
      .rows;

  expect(await kubescribe(['archive'], { env })).toMatchObject({
    code: 0,
    stdout: 'backup_logs_202002: 1 rows, written and read back\n',
  });
  expect(await kubescribe(['archive'], { env })).toMatchObject({
    code: 0,
    stderr: expect.stringContaining('No month is older'),
  });
  expect((await kubescribe(['purge', '--only', 'backup_logs'], { env })).code).toBe(0);
  expect(await old()).toEqual([]);
  expect((await kubescribe(['archive', 'list'], { env })).stdout).toMatch(/backup_logs_202002 +1 .* no /);

  const file = (await readdir(folder)).find((name) => name.endsWith('.copy.gz')) ?? '';
  expect(await kubescribe(['archive', 'restore', join(folder, file), '--days', '7'], { env })).toMatchObject({
    code: 0,
    stdout: 'backup_logs_202002 is back: 1 rows, for 7 days.\n',
  });
  expect(await old()).toEqual([{ backup_type: 'full' }]);
  expect(await kubescribe(['archive', 'restore', '/etc/passwd'], { env })).toMatchObject({
    code: 1,
    stderr: expect.stringContaining('is no archive'),
  });
  expect((await kubescribe(['archive'], { env: { RUNLOG_DB_URL: runlog } })).code).toBe(2);
});
