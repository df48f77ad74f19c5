import { randomUUID } from 'node:crypto';
import { expect } from 'vitest';
import { connect } from '../../../lib/db/connect.ts';
import { type BatchWork, commitBatch, readWatermark } from '../../../lib/report/commit-row.ts';
import { FenceLost, openReport } from '../../../lib/report/fence.ts';
import { test as base } from '../../setup/fixtures.ts';
import { lockWaits } from '../../setup/lock-waits.ts';
import { until } from '../../setup/until.ts';
import { createThings } from '../ingest/feed.ts';

const place = (scope: string, epoch = 1) => ({ scope, task: 'task', runId: randomUUID(), epoch });

const test = base.extend('writers', async ({ report }, { onCleanup }) => {
  const open = () => connect(report, { name: 'writer' });
  const [one, two, watcher] = [await open(), await open(), await open()];
  onCleanup(async () => {
    for (const client of [one, two, watcher]) await client.end();
  });
  await createThings(watcher);
  await watcher.query(`insert into kubescribe.fence values ('one', 1), ('two', 1)`);
  const waitUntilOneWaits = () =>
    until(async () => (await lockWaits(watcher, `wait_event = 'advisory'`)) === 1);
  return { one, two, watcher, waitUntilOneWaits };
});

test('batches into one table take turns, however its name is written, and begin only in their turn', async ({
  writers,
}) => {
  const { one, two, waitUntilOneWaits } = writers;
  await two.query('set lock_timeout = 0; set statement_timeout = 0');
  const order: string[] = [];
  let release = () => {};
  const held = new Promise<void>((resolve) => {
    release = resolve;
  });
  let begun = () => {};
  const first = new Promise<void>((resolve) => {
    begun = resolve;
  });
  const both = [
    commitBatch(one, place('one'), undefined, 'things', async () => {
      begun();
      await held;
      order.push('one is done');
      return {};
    }),
    first.then(() =>
      commitBatch(two, place('two'), undefined, 'public.things', async () => {
        order.push('two begins');
        return {};
      }),
    ),
  ];

  await waitUntilOneWaits();
  release();
  await Promise.all(both);

  expect(order).toEqual(['one is done', 'two begins']);
});

test('batches into different tables do not wait for each other', async ({ writers }) => {
  const { one, two } = writers;
  await commitBatch(one, place('one'), undefined, 'things', async () => {
    await commitBatch(two, place('two'), undefined, 'shelves', async () => ({}));
    return {};
  });

  expect(await readWatermark(two, 'one', 'task')).toMatchObject({ batch: 1 });
});

test('a batch whose fence was raised meanwhile leaves nothing', async ({ writers }) => {
  const { one, watcher } = writers;
  const work: BatchWork = async (client, commitId) => {
    await client.query(`insert into things values ('it', 1, 'left', 1, now(), 1, ${commitId})`);
    await watcher.query(`update kubescribe.fence set epoch = 2 where scope = 'one'`);
    return {};
  };

  await expect(commitBatch(one, place('one'), undefined, 'things', work)).rejects.toThrow(FenceLost);

  expect((await watcher.query('select from things')).rowCount).toBe(0);
  expect(await readWatermark(watcher, 'one', 'task')).toBeUndefined();
});

test('a predecessor has one successor', async ({ writers }) => {
  const { one, two } = writers;
  await commitBatch(one, place('one'), undefined, 'things', async () => ({}));

  await expect(commitBatch(two, place('one'), undefined, 'things', async () => ({}))).rejects.toThrow(
    'commits_scope_task_predecessor_key',
  );
});

test('batches of a run are counted, and the next run counts anew', async ({ writers }) => {
  const { one } = writers;
  const [first, second] = [place('one'), place('one')];
  const numbers = [];
  let last: Awaited<ReturnType<typeof readWatermark>>;
  for (const at of [first, first, second]) {
    last = await commitBatch(one, at, last, 'things', async () => ({ lastId: '9223372036854775807' }));
    numbers.push(last.batch);
    expect(await readWatermark(one, 'one', 'task')).toMatchObject(last);
  }

  expect(numbers).toEqual([1, 2, 1]);
});

test('no transaction of a report session outlives a slice', async ({ report }) => {
  const client = await openReport(report, 'one', 1);

  const { rows } = await client.query('show transaction_timeout');
  await client.end();

  expect(rows).toEqual([{ transaction_timeout: '30s' }]);
});
