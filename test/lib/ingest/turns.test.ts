import { randomUUID } from 'node:crypto';
import { expect } from 'vitest';
import { commitBatch } from '../../../lib/report/commit-row.ts';
import { lockWaits } from '../../setup/lock-waits.ts';
import { until } from '../../setup/until.ts';
import { arrive, readThings, things, winners } from './feed.ts';
import { test } from './run-task.ts';

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
