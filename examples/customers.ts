/** The customers of the shop as they are: a plain mirror, and what a report makes of it. */
import * as z from 'zod';
import { mirror } from '../lib/ingest/mirror.ts';
import { check } from '../lib/pipeline/check.ts';
import { pipeline } from '../lib/pipeline/define.ts';
import { task } from '../lib/pipeline/task.ts';

type Params = { active_days: number };

export default pipeline<Params>('customers', {
  schedule: '0 5 * * *',
  timezone: 'Europe/Berlin',
  params: z.strictObject({ active_days: z.int().min(1).default(90) }),
  tasks: [
    mirror({ from: 'shop.customers', into: 'customers' }),
    task('active', {
      into: 'active_customers',
      sql: `with gone as (delete from active_customers)
            insert into active_customers
            select country, count(*) from customers
             where last_seen > (select max(last_seen) from customers) - make_interval(days => $1) group by country`,
      values: ({ params }) => [params.active_days],
    }),
    check({
      name: 'one address, one customer',
      sql: 'select email, count(*) from customers group by email having count(*) > 1',
      severity: 'warn',
      stored: { email: 'mask' },
    }),
  ],
});
