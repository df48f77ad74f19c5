import type { Client } from 'pg';
import { whoStood } from '../../../lib/evidence/in-the-way.ts';
import { test as base, expect } from '../../setup/product.ts';
import { settled } from '../../setup/settled.ts';
import { until } from '../../setup/until.ts';
import { arrive, createFeed, createThings, feedPipeline, shelves, things } from '../ingest/feed.ts';

const test = base.extend('feed', async ({ prod, report, runlog, connect, product }) => {
  const [production, reports, log] = [await connect(prod), await connect(report), await connect(runlog)];
  await createFeed(production);
  await createThings(reports);
  const pipelines = [
    feedPipeline('feed', [things(), shelves]),
    feedPipeline('strict', [things({ onReject: { per: { 'rule.negative': 'abort' } } })]),
  ];
  const made = await product({ pipelines, weather: () => [0, 5] });
  const start = async (name: string, params = {}) => {
    await settled(production);
    return made.start(name, params);
  };
  return { production, reports, log, start, trigger: made.trigger, ended: made.ended };
});

const rowsOf = async (log: Client, sql: string) => (await log.query(sql)).rows;
const BOOKS = 'select batch < 0 as own_number, aborted, read::int, rejected::int from batch_books';
const SEEN = 'select aborted, batch < 0 as own_number, count(*)::int from evidence_sightings group by 1, 2';

test('what a batch noted that was too bad to be committed is kept, and marked', async ({ feed }) => {
  const { production, reports, log, start } = feed;
  await arrive(production, { thing: 'good' }, { thing: 'bad', value: '-1' });

  const run = await start('feed', { maxRejected: 0 });

  expect(run).toMatchObject({ status: 'ERROR', error_code: 'TOO_MANY_REJECTED' });
  expect(await rowsOf(log, BOOKS)).toEqual([{ own_number: true, aborted: true, read: 2, rejected: 1 }]);
  expect(await rowsOf(log, SEEN)).toEqual([{ aborted: true, own_number: true, count: 1 }]);
  expect(await rowsOf(log, 'select rule, symbol, run_id from operation_logs.data_quality_errors')).toEqual([
    { rule: 'rule.negative', symbol: 'bad', run_id: run.run_id },
  ]);
  expect(await rowsOf(log, `select read from task_runs where name = 'things'`)).toEqual([{ read: null }]);
  expect(await rowsOf(reports, 'select commit_id from kubescribe.evidence')).toEqual([]);

  // The same row, let pass, is the same identity.
  expect(await start('feed')).toMatchObject({ status: 'SUCCESS', meta: { rejected: 1 } });
  expect(await rowsOf(log, 'select count(*)::int as n from evidence_identities')).toEqual([{ n: 1 }]);
  expect(await rowsOf(log, `${SEEN} order by 1`)).toEqual([
    { aborted: false, own_number: false, count: 1 },
    { aborted: true, own_number: true, count: 1 },
  ]);
});

test('a sample keeps all its digits', async ({ feed }) => {
  const { production, log, start } = feed;
  await arrive(production, { thing: 'bad', value: '-12345678901234567890.50' });

  await start('feed');

  expect(await rowsOf(log, 'select sample::text from operation_logs.data_quality_errors')).toEqual([
    { sample: '{"shelf": "left", "thing": "bad", "value": -12345678901234567890.50}' },
  ]);
});

test('a rule that ends the run names itself, and the row is in evidence', async ({ feed }) => {
  const { production, log, start } = feed;
  await arrive(production, { thing: 'bad', value: '-1' });

  expect(await start('strict')).toMatchObject({
    status: 'ERROR',
    error_code: 'RULE_BROKEN',
    error_message: expect.stringContaining('rule.negative'),
  });
  expect(await rowsOf(log, 'select rule, policy from operation_logs.data_quality_errors')).toEqual([
    { rule: 'rule.negative', policy: 'abort' },
  ]);
});

test('each batch tells people how far its pipeline has come', async ({ feed }) => {
  const { production, log, start } = feed;
  await arrive(production, { thing: 'one' });

  const run = await start('feed');

  const [mark, ...others] = await rowsOf(log, 'select * from operation_logs.pipeline_watermarks');
  expect(others).toEqual([]);
  expect(mark).toMatchObject({
    pipeline_name: 'feed',
    status: 'CURRENT',
    pipeline: 'feed',
    lane: '',
    task: 'things',
    run_id: run.run_id,
    last_processed_ts: expect.any(Date),
  });
  await start('feed');
  const [later] = await rowsOf(log, 'select last_processed_ts as at from operation_logs.pipeline_watermarks');
  expect(later.at.getTime()).toBeGreaterThanOrEqual(mark.last_processed_ts.getTime());
});

test('who keeps a batch waiting is written down, and the batch is made all the same', async ({
  feed,
  report,
  connect,
}) => {
  const { production, log, trigger, ended } = feed;
  await arrive(production, { thing: 'one' });
  await settled(production);
  const holder = await connect(report);
  await holder.query('begin; lock table things in access exclusive mode');
  const { rows } = await holder.query('select pg_backend_pid() as pid');

  const { run_id } = (await (await trigger({ pipeline: 'feed' })).json()) as { run_id: string };
  // Each try writes down who keeps it waiting.
  await until(async () => (await rowsOf(log, 'select from operation_logs.concurrency_issues')).length > 0);
  await holder.query('rollback');

  expect(await ended(run_id)).toMatchObject({ status: 'SUCCESS', meta: { written: 1 } });
  expect(
    await rowsOf(
      log,
      'select table_name, lock_type, pid, error_code, run_id, task from operation_logs.concurrency_issues limit 1',
    ),
  ).toEqual([
    {
      table_name: 'things',
      lock_type: 'AccessExclusiveLock',
      pid: rows[0].pid,
      error_code: '55P03',
      run_id,
      task: 'things',
    },
  ]);
});

test('of a deadlock the server says who the other was', async ({ feed, report, connect }) => {
  const { reports } = feed;
  const [one, other] = [await connect(report), await connect(report)];
  await reports.query(`insert into things values ('a', 1, '', 1, now(), 1, 1), ('b', 1, '', 1, now(), 2, 1)`);
  const update = (client: Client, thing: string) =>
    client.query(`update things set value = 2 where thing = '${thing}'`).catch((error: unknown) => error);
  await one.query('begin');
  await other.query('begin');
  await update(one, 'a');
  await update(other, 'b');

  const errors = await Promise.all([
    update(one, 'b').finally(() => one.query('rollback')),
    update(other, 'a').finally(() => other.query('rollback')),
  ]);

  const error = errors.find((said) => said instanceof Error);
  expect(await whoStood(reports, 'things', error)).toEqual({
    table_name: 'things',
    error_code: '40P01',
    lock_type: 'ShareLock',
    pid: expect.any(Number),
    details: expect.stringContaining('blocked by process'),
  });
});
