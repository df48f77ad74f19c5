import * as z from 'zod';
import { check } from '../../../lib/pipeline/check.ts';
import { pipeline } from '../../../lib/pipeline/define.ts';
import type { Task } from '../../../lib/pipeline/task.ts';
import { expect, test } from '../../setup/product.ts';

const checking = (...tasks: Task<object>[]) =>
  pipeline('checks', { params: z.strictObject({}), retry: { attempts: 1 }, tasks });

const TRADES = `
  create table trades (symbol text, ts timestamptz, price numeric, buyer text);
  insert into trades values
    ('KO', '2026-01-30', -1, 'ann'), ('KO', '2026-01-30', -1, 'ann'), ('SAP', '2026-01-31', -2, 'bob'), ('XOM', now(), 3, 'eve')`;
const BAD = 'select * from trades where price < 0 -- never';
const EVIDENCE = `
  select symbol, ts::date::text as day, error_type, rule, policy, sample from operation_logs.data_quality_errors order by symbol`;

test('a check that finds bad rows ends the run, and keeps samples of them as it may', async ({
  product,
  report,
  runlog,
  connect,
}) => {
  await (await connect(report)).query(`${TRADES}; grant select on trades to kubescribe_report`);
  const { start, run } = await product({
    pipelines: [checking(check({ name: 'prices', sql: BAD, stored: { buyer: 'mask', price: 'drop' } }))],
  });

  const failed = await start('checks');
  await start('checks');

  expect(failed).toMatchObject({ status: 'ERROR', error_code: 'CHECK_FAILED' });
  expect(failed.error_message).toBe(
    'Task "prices" found 3 bad rows, and 0 may be; they are in data_quality_errors by the rule "check.prices".',
  );
  expect((await run(failed.run_id)).tasks).toMatchObject([
    { meta: { check: { rule: 'check.prices', found: 3, most: 0, severity: 'error' } } },
  ]);
  const { rows } = await (await connect(runlog)).query(EVIDENCE);
  const told = { error_type: 'constraint_violation', rule: 'check.prices', policy: 'abort' };
  expect(rows).toMatchObject([
    { ...told, symbol: 'KO', day: '2026-01-30', sample: { symbol: 'KO', buyer: '***' } },
    { ...told, symbol: 'SAP', day: '2026-01-31', sample: { symbol: 'SAP', buyer: '***' } },
  ]);
  expect(JSON.stringify(rows)).not.toContain('price"');
});

test('a check that warns, and one that lets some pass, go on', async ({
  product,
  report,
  runlog,
  connect,
}) => {
  await (await connect(report)).query(`${TRADES}; grant select on trades to kubescribe_report`);
  const { start, run } = await product({
    pipelines: [
      checking(
        check({ name: 'some', sql: BAD, most: 3 }),
        check({ name: 'warned', sql: BAD, most: 2, severity: 'warn', about: { symbol: 'buyer' } }),
      ),
    ],
  });

  const done = await start('checks');

  expect(done).toMatchObject({ status: 'SUCCESS' });
  expect((await run(done.run_id)).logs).toContainEqual(
    expect.objectContaining({ level: 'warn', message: expect.stringContaining('3 bad rows, and 2 may be') }),
  );
  const { rows } = await (await connect(runlog)).query(EVIDENCE);
  expect(rows.map(({ rule, symbol, policy }) => ({ rule, symbol, policy }))).toEqual([
    { rule: 'check.warned', symbol: 'ann', policy: 'warn' },
    { rule: 'check.warned', symbol: 'bob', policy: 'warn' },
  ]);
});

test('a check that cannot be made says so', async ({ product }) => {
  expect(() => check({ name: 'empty', sql: ' ' })).toThrow('Task "empty": a check needs SQL.');
  expect(() => check({ name: 'less', sql: BAD, most: -1 })).toThrow('"most" is a number of rows');
  const { start } = await product({
    pipelines: [checking(check({ name: 'none', sql: 'select * from nowhere' }))],
  });

  expect(await start('checks')).toMatchObject({
    status: 'ERROR',
    error_message: expect.stringContaining('nowhere'),
  });
});
