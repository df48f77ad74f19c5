import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Client } from 'pg';
import { restoreMonth } from '../../../lib/archive/restore.ts';
import { connect as open } from '../../../lib/db/connect.ts';
import { test as base, expect } from '../../setup/product.ts';
import { idle, pipelineOf } from '../../work/pipeline-of.ts';

const NASTY = ['tab\tand\nline\\', '\\N', '\\.', 'ÄÖ 你好 👩‍👩‍👧 \u0001', '', "it's"];

const test = base.extend('place', async ({ product, runlog, connect }, { onCleanup }) => {
  const folder = await mkdtemp(join(tmpdir(), 'archive-'));
  onCleanup(() => rm(folder, { recursive: true }));
  const { tick } = await product({ pipelines: [pipelineOf(idle)], env: { KUBESCRIBE_ARCHIVE: folder } });
  const log = await connect(runlog);
  await log.query(`
    create table operation_logs.cast_errors_202001 partition of operation_logs.cast_errors
      for values from ('2020-01-01 00:00+00') to ('2020-02-01 00:00+00');
    do $$ begin execute format('alter table operation_logs.cast_errors_202001 owner to %s', (
      select relowner::regrole from pg_class where oid = 'operation_logs.cast_errors'::regclass)); end $$`);
  await log.query(
    `insert into operation_logs.cast_errors (symbol, raw_value, log_time, identity)
     select null, text, '2020-01-15', sha256(convert_to(text, 'UTF8')) from unnest($1::text[]) text`,
    [NASTY],
  );
  const archives = async () => (await readdir(folder)).filter((name) => name.endsWith('.copy.gz'));
  return { folder, tick, log, archives, again: () => open(runlog, { name: 'restorer' }) };
});

const rowsOf = async (log: Client) =>
  (
    await log.query(
      `select * from operation_logs.cast_errors where log_time < '2021-01-01' order by error_id`,
    )
  ).rows;
const noted = async (log: Client) =>
  (
    await log.query(
      `select part, rows::int, dropped_at is not null as dropped, held_until is not null as held from evidence_archives
        where part = 'cast_errors_202001'`,
    )
  ).rows;

test('an old month goes when it is in a file, and comes back from it as it was, for a time', async ({
  place,
}) => {
  const { folder, tick, log, archives, again } = place;
  const before = await rowsOf(log);

  expect((await tick('daily')).status).toBe(204);

  expect(await rowsOf(log)).toEqual([]);
  expect((await log.query(`select to_regclass('operation_logs.cast_errors_202001') as part`)).rows).toEqual([
    { part: null },
  ]);
  expect(await noted(log)).toEqual([
    { part: 'cast_errors_202001', rows: NASTY.length, dropped: true, held: false },
  ]);
  const [file, ...others] = await archives();
  expect(others).toEqual([]);

  const client = await again();
  await restoreMonth(client, join(folder, file!), 30);
  await expect(restoreMonth(client, join(folder, file!), 30)).rejects.toThrow('is there already');
  await client.end();
  expect(await rowsOf(log)).toEqual(before);

  await log.query(`update retention set passed_at = clock() - interval '2 days'`);
  await tick('daily');
  expect(await rowsOf(log)).toEqual(before);

  await log.query(`update evidence_archives set held_until = clock()`);
  await log.query(`update retention set passed_at = clock() - interval '2 days'`);
  await tick('daily');
  expect(await rowsOf(log)).toEqual([]);
  expect(await archives()).toEqual([file]);
});

test('a file that is not what was written restores nothing', async ({ place }) => {
  const { folder, tick, log, archives, again } = place;
  await tick('daily');
  const file = join(folder, (await archives())[0]!);
  const contents = file.replace('.copy.gz', '.json');
  await writeFile(contents, (await readFile(contents, 'utf8')).replace(/"sha256": "./, '"sha256": "x'));

  const client = await again();
  await expect(restoreMonth(client, file, 30)).rejects.toThrow('does not hold what was written');
  await client.end();

  expect(await rowsOf(log)).toEqual([]);
});

test('a month stays where its file cannot be written; rows that came since are written anew', async ({
  place,
}) => {
  const { folder, tick, log, archives } = place;
  await rm(folder, { recursive: true });
  await writeFile(folder, 'in the way');

  await tick('daily');
  expect(await rowsOf(log)).toHaveLength(NASTY.length);

  await rm(folder);
  await log.query(`
    insert into evidence_archives (part, table_name, from_time, until_time, file, rows, bytes, sha256, columns)
    values ('cast_errors_202001', 'cast_errors', '2020-01-01', '2020-02-01', 'gone', 1, 1, '', '{}')`);
  await log.query(`update retention set passed_at = clock() - interval '2 days'`);
  await tick('daily');
  expect(await rowsOf(log)).toEqual([]);
  expect(await archives()).toHaveLength(1);
  expect(await noted(log)).toMatchObject([{ rows: NASTY.length, dropped: true }]);
});
