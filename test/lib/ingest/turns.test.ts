import { randomUUID } from 'node:crypto';
import type { Client } from 'pg';
import { expect } from 'vitest';
import { commitBatch } from '../../../lib/report/commit-row.ts';
import { lockWaits } from '../../setup/lock-waits.ts';
import { until } from '../../setup/until.ts';
import { arrive, createThings, readThings, things, winners } from './feed.ts';
import { runTask, test } from './run-task.ts';

test('whoever waits for its turn at a table has not looked at the source yet: what it writes is never older', async ({
  feed,
  report,
  connect,
}) => {
  const { production, reports, writer, runNow } = feed;
  const other = await connect(report);
  await arrive(production, { id: 1, thing: 'one', value: '1' });
  const place = { scope: 'other', task: 'things', runId: randomUUID(), epoch: 1 };
  await other.query(`insert into kubescribe.fence values ('other', 1)`);
  const begun = Promise.withResolvers<void>();
  const goOn = Promise.withResolvers<void>();

  const first = commitBatch(other, place, undefined, 'things', async (client, commitId) => {
    begun.resolve();
    await goOn.promise;
    await client.query(`insert into things values ('one', 2, 'left', 1, '2026-01-01', 1, ${commitId})`);
    return {};
  });
  await begun.promise;
  // It waits for as long as the test looks.
  await writer.query(`set lock_timeout = 0; set statement_timeout = 0`);
  const second = runNow(things());
  await until(async () => (await lockWaits(reports, `wait_event = 'advisory'`)) === 1);
  await production.query(`update feed set value = '2'`);
  goOn.resolve();
  await first;

  expect(await second).toMatchObject({ books: { read: 1, unchanged: 1 } });
  expect(await readThings(reports)).toEqual(await winners(production));
});

const STAGING = `select from pg_class where relnamespace = 'kubescribe'::regnamespace and relname ~ '^stage_'`;

/** Things of one row each, three batches of them, and what is done once after the first. */
async function threeBatches(production: Client) {
  for (let id = 1; id <= 30; id++) await arrive(production, { id, thing: `thing ${id}`, value: '1' });
  return things({ batchRows: 10 });
}

const once = (act: () => Promise<unknown>) => {
  let done = false;
  return async () => {
    if (done) return;
    done = true;
    await act();
  };
};

test('batches go on with one look at the source: what changes meanwhile is of the next window', async ({
  feed,
}) => {
  const { production, reports, run } = feed;
  const task = await threeBatches(production);
  const before = await winners(production);

  const between = once(() => production.query(`update feed set value = '2' where id = 25`));
  const { books } = await run(task, {}, { between });

  expect(books).toMatchObject({ read: 30, written: 30 });
  expect(await readThings(reports)).toEqual(before);
  expect((await run(task)).books).toMatchObject({ read: 1, written: 1 });
  expect(await readThings(reports)).toEqual(await winners(production));
});

test('what was staged before somebody else had the turn is not written: it may be older', async ({
  feed,
  report,
  connect,
}) => {
  const { production, reports, run } = feed;
  const task = await threeBatches(production);
  const other = await connect(report);

  const between = once(async () => {
    await production.query(`update feed set value = '2' where id = 25`);
    await runTask(production, other, things({ into: 'public.things' }), {}, { scope: 'other' });
  });
  const { books } = await run(task, {}, { between });

  expect(books).toMatchObject({ read: 30, written: 10, unchanged: 20 });
  expect(await readThings(reports)).toEqual(await winners(production));
  expect((await reports.query(STAGING)).rowCount).toBe(0);
});

test('who gives way leaves nothing staged, and goes on behind the last batch', async ({ feed }) => {
  const { production, reports, run } = feed;
  const task = await threeBatches(production);

  const giveWay = async () => {
    throw new Error('gives way');
  };
  await expect(run(task, {}, { between: giveWay })).rejects.toThrow('gives way');
  expect((await reports.query(STAGING)).rowCount).toBe(0);
  const { books } = await run(task);

  expect(books).toMatchObject({ read: 20, written: 20 });
  expect(await readThings(reports)).toEqual(await winners(production));
});

test('who writes another table does not disturb', async ({ feed, report, connect }) => {
  const { production, reports, run } = feed;
  const task = await threeBatches(production);
  const other = await connect(report);
  await createThings(reports, 'others');
  const before = await winners(production);

  const between = once(async () => {
    await production.query(`update feed set value = '2' where id = 25`);
    await runTask(production, other, things({ name: 'others', into: 'others' }), {}, { scope: 'other' });
  });
  await run(task, {}, { between });

  expect(await readThings(reports)).toEqual(before);
  expect(await readThings(reports, 'others')).toEqual(await winners(production));
});
