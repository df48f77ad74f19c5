import { sql } from 'kysely';
import { expect } from 'vitest';
import { commit } from '../../../lib/boundary.ts';
import { openRunLog } from '../../../lib/db/connect.ts';
import { sqlState } from '../../../lib/db/sqlstate.ts';
import type { Tx } from '../../../lib/events/outbox.ts';
import { lockAlong, lockPipeline } from '../../../lib/requests/pipeline-lock.ts';
import { test as base } from '../../setup/fixtures.ts';

const TOO_LATE = '57014';

const test = base
  .extend('db', async ({ runlog }, { onCleanup }) => {
    const db = openRunLog(runlog, { name: 'test', max: 1 });
    onCleanup(() => db.destroy());
    await sql`insert into pipelines (name) values ('sample')`.execute(db);
    return db;
  })
  .extend('count', ({ db }) => async () => {
    const { rows } = await sql`select from backfills`.execute(db);
    return rows.length;
  });

const write = (tx: Tx) =>
  sql`
  insert into backfills (backfill_id, pipeline, range_from, range_until, reprocess, concurrency, slots)
  values (gen_random_uuid(), 'sample', '2026-01-01', '2026-01-02', 'none', 1, 1)`.execute(tx);

test.for([
  ['at once', lockPipeline],
  ['along with the next statement', lockAlong],
] as const)(
  'a pipeline locked %s stays locked until its transaction ends',
  async ([, lock], { db, runlog, connect }) => {
    const other = await connect(runlog);
    const isFree = async () => {
      const { rowCount } = await other.query('select from pipelines for no key update skip locked');
      return rowCount === 1;
    };

    const during = await commit('any', db, async (tx) => {
      await lock(tx, 'sample');
      await write(tx);
      return isFree();
    });

    expect([during, await isFree()]).toEqual([false, true]);
  },
);

test('a lock that is not had is what is told, and what came along with it is not done', async ({
  db,
  count,
  runlog,
  connect,
}) => {
  await sql`set statement_timeout = 300`.execute(db);
  const other = await connect(runlog);
  await other.query('begin; select from pipelines for update');

  const refused = await commit('any', db, async (tx) => {
    await lockAlong(tx, 'sample');
    await write(tx);
  }).catch(sqlState);
  await other.query('rollback');
  await sql`reset statement_timeout`.execute(db);

  expect([refused, await count()]).toEqual([TOO_LATE, 0]);
});

test('what a transaction did after a lock that went along is undone with it', async ({ db, count }) => {
  const failed = commit('any', db, async (tx) => {
    await lockAlong(tx, 'sample');
    await write(tx);
    throw new Error('changed my mind');
  });

  await expect(failed).rejects.toThrow('changed my mind');
  expect(await count()).toBe(0);
});

test('a transaction whose first statement fails changes nothing, and the session goes on', async ({
  db,
  count,
}) => {
  const failed = commit('any', db, async (tx) => {
    await sql`select 1 / 0`.execute(tx).catch(() => {});
    await write(tx);
  });

  await expect(failed).rejects.toThrow('current transaction is aborted');
  expect(await count()).toBe(0);
});

test('a prepared statement whose columns have changed since fails once', async ({ db, runlog, connect }) => {
  const read = () => sql`/* all backfills */ select * from backfills`.execute(db);
  await read();
  await (await connect(runlog)).query('alter table backfills add column colour text');

  await expect(read()).rejects.toThrow('cached plan must not change result type');
  expect((await read()).rows).toEqual([]);
});
