/** Orders of the shop, their revenue a day, and the exchange rates. */
import * as z from 'zod';
import { ingest } from '../../lib/ingest/ingest.ts';
import { rollup } from '../../lib/ingest/rollup.ts';
import { pipeline } from '../../lib/pipeline/define.ts';
import { task } from '../../lib/pipeline/task.ts';
import { emptyBooks } from '../../lib/report/books.ts';

type Params = { maxRejected: number };

const rates = task<Params>(
  'rates',
  async function* ({ production, batch, log }) {
    const prod = await production();
    const { books } = await batch('rates', async (report) => {
      const { rows } = await prod.query('select currency, per_euro from rates');
      await report.query('delete from rates');
      const { rowCount } = await report.query(
        'insert into rates select * from jsonb_to_recordset($1) as rate (currency text, per_euro numeric)',
        [JSON.stringify(rows)],
      );
      return { books: { ...emptyBooks(), read: rows.length, written: rowCount ?? 0 } };
    });
    log.info(`${books.written} exchange rates`);
    yield {};
  },
  { movesRows: true },
);

export default pipeline<Params>('orders', {
  schedule: '0 * * * *',
  timezone: 'Europe/Berlin',
  params: z.strictObject({ maxRejected: z.number().min(0).max(1).default(0.01) }),
  tasks: [
    rates,
    ingest({
      name: 'orders',
      from: { table: 'shop.orders', id: 'id', receivedAt: 'updated_at', source: 'channel' },
      columns: {
        number: { type: 'text' },
        day: { type: 'date' },
        amount: { type: 'numeric', required: true },
      },
      rules: { free_of_charge: 'amount <= 0' },
      key: ['number'],
      sources: ['till', 'web'],
      into: 'orders',
    }),
    rollup({
      name: 'revenue',
      from: 'orders',
      into: 'revenue',
      by: ['day'],
      values: { amount: 'sum(amount)', orders: 'count(*)::int' },
    }),
  ],
});
