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
