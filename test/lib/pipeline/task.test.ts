import * as z from 'zod';
import { pipeline } from '../../../lib/pipeline/define.ts';
import { Refusal, type TaskBody, task } from '../../../lib/pipeline/task.ts';
import { emptyBooks } from '../../../lib/report/books.ts';
import { expect, test } from '../../setup/product.ts';

const months = (body: TaskBody<object>, movesRows = false) =>
  pipeline('months', {
    params: z.strictObject({}),
    retry: { attempts: 2, backoff: 0.01 },
    tasks: [task('months', body, { movesRows })],
  });

test('a free task goes on from what its last yield left, and writes each batch once', async ({
  product,
  report,
  connect,
}) => {
  const reports = await connect(report);
  await reports.query('create table months (month int)');
  let stumbled = false;
  const { start } = await product({
    pipelines: [
      months(async function* ({ state, batch }) {
        for (let month = Number(state.month ?? 1); month <= 4; month++) {
          await batch('months', async (client) => {
            await client.query('insert into months values ($1)', [month]);
            if (month === 3 && !stumbled) {
              stumbled = true;
              throw new Error('a try that fails in mid-batch');
            }
            return { books: { ...emptyBooks(), read: 1, written: 1 } };
          });
          yield { month: month + 1 };
        }
      }, true),
    ],
  });

  expect(await start('months')).toMatchObject({
    status: 'SUCCESS',
    meta: { attempts: 2, read: 4, written: 4 },
  });
  const { rows } = await reports.query('select array_agg(month order by month) as months from months');
  expect(rows).toEqual([{ months: [1, 2, 3, 4] }]);
});

test('a free task cannot write to production', async ({ product }) => {
  const { start } = await product({
    pipelines: [
      months(async function* ({ production }) {
        await (await production()).query('truncate market_bars_raw');
        yield {};
      }),
    ],
  });

  expect(await start('months')).toMatchObject({
    status: 'ERROR',
    error_code: 'SQL_25006',
    meta: { attempts: 2 },
  });
});

test('a refusal is not tried again', async ({ product }) => {
  const { start } = await product({
    pipelines: [
      months(async function* () {
        yield {};
        throw new Refusal('CLOSED', 'the books of last year are closed');
      }),
    ],
  });

  expect(await start('months')).toMatchObject({
    status: 'ERROR',
    error_code: 'CLOSED',
    error_message: 'the books of last year are closed',
    meta: { attempts: 1 },
  });
});

test('a task of SQL takes values, and is done once a run however often it is tried', async ({
  product,
  report,
  connect,
}) => {
  const reports = await connect(report);
  await reports.query('create table days (day date, of text)');
  let tries = 0;
  const { start } = await product({
    pipelines: [
      pipeline<{ day: string }>('days', {
        params: z.strictObject({ day: z.string() }),
        retry: { attempts: 3, backoff: 0.01 },
        tasks: [
          task('fill', {
            into: 'days',
            sql: 'insert into days values ($1, $2)',
            values: ({ params }) => [params.day, 'fill'],
          }),
          task('clean', { into: 'days', sql: `update days set of = of || 1; update days set of = of || 2` }),
          task('stumble', async function* () {
            if (++tries < 3) throw new Error('not yet');
            yield {};
          }),
        ],
      }),
    ],
  });

  expect(await start('days', { day: '2026-01-31' })).toMatchObject({
    status: 'SUCCESS',
    meta: { attempts: 3 },
  });
  expect(await start('days', { day: '2026-02-01' })).toMatchObject({ status: 'SUCCESS' });

  const { rows } = await reports.query('select day::text, of from days order by day');
  expect(rows).toEqual([
    { day: '2026-01-31', of: 'fill1212' },
    { day: '2026-02-01', of: 'fill12' },
  ]);
});
