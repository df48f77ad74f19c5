/** Orders of the shop, edited and deleted as long as people change their minds, and their revenue a day. */
import * as z from 'zod';
import { ingest } from '../lib/ingest/ingest.ts';
import { rollup } from '../lib/ingest/rollup.ts';
import { check } from '../lib/pipeline/check.ts';
import { pipeline } from '../lib/pipeline/define.ts';

export default pipeline('orders', {
  schedule: '*/15 * * * *',
  timezone: 'Europe/Berlin',
  params: z.strictObject({}),
  // Rows that are gone from production leave the report at night.
  reconcile: { schedule: '30 3 * * *' },
  tasks: [
    ingest({
      from: { table: 'shop.orders', id: 'id', receivedAt: 'updated_at', time: 'ordered_at' },
      columns: {
        number: { type: 'text', matches: '^[A-Z]\\d+$' },
        ordered_at: { type: 'timestamptz', min: '2020-01-01' },
        country: { type: 'text', required: true, references: { table: 'countries', column: 'code' } },
        amount: { type: 'numeric', required: true, min: 0 },
        email: { type: 'text', stored: 'hash' },
        deleted_at: { type: 'timestamptz' },
      },
      rules: { deleted_before_ordered: 'deleted_at < ordered_at' },
      key: ['number'],
      into: 'orders',
      onReject: { per: { 'regex.number': 'quarantine', 'rule.deleted_before_ordered': 'warn' }, most: 0.05 },
      contract: { added: 'discard', changed: 'freeze' },
      about: { symbol: 'number' },
    }),
    rollup({
      from: 'orders',
      into: 'revenue',
      // An order without a day is in no group: what is deleted leaves the revenue of its day.
      by: {
        day: `case when deleted_at is null then (ordered_at at time zone 'Europe/Berlin')::date end`,
        country: 'country',
      },
      values: { amount: 'sum(amount)', orders: 'count(*)::int' },
    }),
    check({
      name: 'nothing is lost',
      sql: `select total, summed
              from (select coalesce(sum(amount), 0) as total from orders where deleted_at is null) one,
                   (select coalesce(sum(amount), 0) as summed from revenue) other
             where total <> summed`,
    }),
  ],
});
