import { sql } from 'kysely';
import { expect } from 'vitest';
import { openRunLog } from '../../../lib/db/connect.ts';
import { listRuns, type RunFilter } from '../../../lib/ledger/list-runs.ts';
import { test as base } from '../../setup/fixtures.ts';

/** RunLog with some ten thousand runs. */
const test = base.extend('db', async ({ runlog, ends: _ }, { onCleanup }) => {
  const db = openRunLog(runlog, { name: 'test' });
  onCleanup(() => db.destroy());
  await sql`
    insert into run_log (component, status, started_at)
    select 'c' || i % 5, case when i % 100 = 0 then 'ERROR' else 'SUCCESS' end::run_status,
           '2020-01-01T00:00:00Z'::timestamptz + i / 3 * interval '1 second'
      from generate_series(1, 10000) i`.execute(db);
  await sql`analyze run_log`.execute(db);
  return db;
});

test.for<[string, RunFilter]>([
  ['all', {}],
  ['one pipeline', { component: 'c3' }],
  ['what failed', { status: 'ERROR' }],
])('a page deep in %s is one seek in an index', async ([, filter], { db }) => {
  const first = await listRuns(db, filter, 50);
  const after = { startedAt: '2020-01-01T00:30:00.000000Z', runId: first.runs[0]?.run_id ?? '' };
  const read = () =>
    sql<{ blocks: number }>`
      select (coalesce(idx_blks_read, 0) + coalesce(idx_blks_hit, 0) + heap_blks_read + heap_blks_hit)::int as blocks
        from pg_statio_user_tables where relname = 'run_log'`.execute(db);

  const plan = await db.connection().execute(async (one) => {
    await sql`select pg_stat_force_next_flush()`.execute(one);
    const before = (await read()).rows[0]?.blocks ?? 0;
    const page = await listRuns(one, filter, 50, after);
    await sql`select pg_stat_force_next_flush()`.execute(one);
    return { page, before };
  });
  const blocks = ((await read()).rows[0]?.blocks ?? 0) - plan.before;

  expect(plan.page.runs.length).toBeGreaterThan(0);
  expect(blocks).toBeLessThan(150);
});
