import { sql } from 'kysely';
import { getLogMetrics } from '../../lib/contract/log-metrics.ts';
import { openRunLog } from '../../lib/db/connect.ts';
import { measure } from '../../lib/upkeep/measure.ts';
import { standStill } from '../setup/clock.ts';
import { DROP_DAYS } from '../setup/drop-days.ts';
import { test as base, expect } from '../setup/product.ts';

/** RunLog as its owner has it. */
const test = base.extend('db', async ({ runlog, ends: _ }, { onCleanup }) => {
  const db = openRunLog(runlog, { name: 'test' });
  onCleanup(() => db.destroy());
  return db;
});

const [HEALTHY, FAILING] = ['7b0e6f7e-8f6e-4a53-9a55-0d1c32f4e8aa', '7b0e6f7e-8f6e-4a53-9a55-0d1c32f4e8ab'];

test('the figures are those that the printed queries give', async ({ product, db }) => {
  const { ask } = await product({ pipelines: [] });
  await sql`insert into run_log (run_id, component) values (${HEALTHY}, 'a'), (${FAILING}, 'b')`.execute(db);
  await sql`
    insert into logs (type, job_run_id, level, message, timestamp) values
      ('system', null, 'error', 'no run, no rate', now()), ('job', ${HEALTHY}, 'info', 'fine', now()),
      ('job', ${FAILING}, 'error', 'one', now() - interval '50 min'), ('job', ${FAILING}, 'info', 'two', now()),
      ('job', ${FAILING}, 'debug', 'three', now()), ('job', ${FAILING}, 'info', 'four', now() - interval '10 min'),
      ('job', ${HEALTHY}, 'error', 'long ago', now() - interval '70 min')`.execute(db);

  const figures = await (await ask('/api/v1/logs/metrics')).json();

  expect(figures).toMatchObject({
    by_type: [
      { type: 'system', count: 1, estimated: false },
      { type: 'job', count: 6, estimated: false },
      { type: 'task', count: 0, estimated: false },
    ],
    last_hour: {
      by_level: [
        { level: 'debug', count: 1, at_least: false },
        { level: 'info', count: 3, at_least: false },
        { level: 'warn', count: 0, at_least: false },
        { level: 'error', count: 2, at_least: false },
      ],
      error_rates: [{ job_run_id: FAILING, errors: 1, total_logs: 4, error_rate: 25 }],
    },
  });
});

test('growth is told by days, and how long there is room', async ({ product, db, connect, runlog }) => {
  await standStill(await connect(runlog));
  // Those that there are may be of the days around yesterday: midnight comes while tests run.
  await sql.raw(DROP_DAYS).execute(db);
  await sql`select ensure_log_partitions()`.execute(db);
  const { ask } = await product({ pipelines: [] });
  const Figures = getLogMetrics.answers[200].body;
  const growthNow = async () => Figures.parse(await (await ask('/api/v1/logs/metrics')).json()).growth;
  const before = (await growthNow()).bytes;
  await measure(db);
  await sql`update table_sizes set day = day - 2, bytes = bytes - 1000`.execute(db);
  await sql`insert into table_limits (table_name, bytes) values ('logs', ${before + 10 * 500})`.execute(db);
  await sql`insert into logs (message, timestamp) select 'x', clock() at time zone 'UTC' - interval '1 day' from generate_series(1, 50)`.execute(
    db,
  );
  await sql`analyze logs`.execute(db);

  const growth = await growthNow();

  expect(growth.days.map(({ lines }) => lines)).toEqual([0, 50]);
  expect(growth).toMatchObject({ new_lines_per_day: 50, new_bytes_per_day: growth.days[1]?.bytes });
  expect(growth.limit_bytes).toBe(before + 5000);
  expect(growth.days_to_limit).toBeLessThanOrEqual(10);
});
