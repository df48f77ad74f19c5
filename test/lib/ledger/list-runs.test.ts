import { sql } from 'kysely';
import { describe, expect } from 'vitest';
import type { Db } from '../../../lib/db/connect.ts';
import { countRuns } from '../../../lib/ledger/count-runs.ts';
import { listRuns } from '../../../lib/ledger/list-runs.ts';
import type { RunFilter } from '../../../lib/ledger/run-filter.ts';
import type { RunPlace } from '../../../lib/ledger/run-order.ts';
import { test as base } from '../../setup/fixtures.ts';
import { explaining, scanned } from './explained.ts';

const PAGE = 50;
const RUNS = 60_000;
/** Of each of the stretches that hold any a page, however many runs there are. */
const MOST_SCANNED = 6 * (PAGE + 1);
const MOST_STRETCHES = 80;
/** Hundreds of plans. */
const LONG = { timeout: 90_000 };

/** Some kinds are frequent, some rare, some long ago, some absent. */
const test = base.extend('plans', async ({ runlog, ends: _ }, { onCleanup }) => {
  const plans = explaining(runlog);
  onCleanup(() => plans.db.destroy());
  await sql`
    insert into run_log (run_id, component, status, trigger, source, error_code, error_message, started_at, finished_at,
                         tags, meta)
    select lpad(to_hex(i), 32, '0')::uuid, 'c' || i % 5,
           case when i % 100 = 0 then 'ERROR' when i < 9 then 'TIMEOUT' else 'SUCCESS' end::run_status,
           case when i % 50 = 0 then 'api' when i = 70 then null else 'cron' end,
           case when i % 70 = 0 then 'local' else 'k8s' end, case when i % 100 = 0 then 'E' || i % 3 end,
           case when i % 100 = 0 then 'it broke at ' || i end, at,
           at + case when i in (100, 30000) then interval '10 s' else interval '3 s' end,
           case when i % 1000 = 0 then '{weekly}' when i % 10 > 0 then '{nightly}' else '{}' end::text[],
           jsonb_build_object('kind', 'slot', 'n', i)
      from (select i, '2020-01-01T00:00:00Z'::timestamptz + i / 3 * interval '1 second' as at
              from generate_series(1, ${sql.lit(RUNS)}) i) runs`.execute(plans.db);
  await sql`vacuum (analyze) run_log`.execute(plans.db);
  return plans;
});

const deep: RunPlace = {
  way: '<',
  key: ['2020-01-01T01:00:00.000000Z', '00000000-0000-0000-0000-000000000000'],
};
const up: RunPlace = { ...deep, way: '>' };

const sample: Required<Pick<RunFilter, 'component' | 'status' | 'trigger' | 'source'>> = {
  component: 'c3',
  status: ['ERROR', 'TIMEOUT'],
  trigger: ['api'],
  source: ['local'],
};
/** Each of the columns with and without each of the others, and values that nothing has. */
const byColumns: RunFilter[] = Array.from({ length: 16 }, (_, chosen) =>
  Object.fromEntries(Object.entries(sample).filter((_one, i) => chosen & (1 << i))),
);
const others: RunFilter[] = [
  { status: ['STARTED'] },
  { status: ['SUCCESS'], trigger: ['manual'] },
  { component: 'none' },
  { component: 'none', source: ['ci'] },
  { status: ['STARTED', 'ERROR', 'CANCELLED', 'TIMEOUT'] },
  { error_code: 'E1' },
  { from: new Date('2020-01-01T00:30:00Z'), to: new Date('2020-01-01T01:30:00Z'), status: ['ERROR'] },
];

/** As of a table that has never been analysed. */
const forgetStatistics = (db: Db) =>
  sql`delete from pg_statistic where starelid = 'run_log'::regclass`.execute(db);

/** What reads more than its page; sorted is at most a page of each stretch. */
const costly = /Seq Scan|Bitmap/;

/** The numbers of the runs on all pages, to the end and back to the beginning. */
async function thereAndBack(db: Db, filter: RunFilter): Promise<[number[], number[]]> {
  const found: [number[], number[]] = [[], []];
  let place: RunPlace;
  for (const [i, rel] of (['next', 'prev'] as const).entries()) {
    for (;;) {
      const page = await listRuns(db, filter, { limit: PAGE, place, fields: ['run_id'] });
      const numbers = page.runs.map((run) => Number.parseInt(run.run_id?.replaceAll('-', '') ?? '', 16));
      found[i]?.push(...(rel === 'next' ? numbers : numbers.reverse()));
      if (!page[rel]) break;
      place = page[rel];
    }
  }
  return found;
}

describe('a page is read from one index in its order', () => {
  test(
    'by any of the columns together, touching no more than a page, from the top, from the depth and back, with statistics and without',
    LONG,
    async ({ plans }) => {
      const read = (filter: RunFilter, place: RunPlace) => (db: Db) =>
        listRuns(db, filter, { limit: PAGE, place });
      for (const statistics of [true, false]) {
        if (!statistics) await forgetStatistics(plans.db);
        for (const filter of [...byColumns, ...others]) {
          for (const place of [undefined, deep, up]) {
            const nodes = await plans.plansOf(read(filter, place));
            const what = JSON.stringify({ filter, place, statistics });

            expect(
              nodes.map((node) => node['Node Type']).filter((type) => costly.test(type)),
              what,
            ).toEqual([]);
            expect(scanned(nodes), what).toBeLessThanOrEqual(MOST_SCANNED);
          }
        }
      }
    },
  );

  test('a page of some columns costs no more, and a count looks at 1,001 runs', async ({ plans }) => {
    const some = await plans.plansOf((db) =>
      listRuns(db, sample, { limit: PAGE, fields: ['status', 'error_stack'] }),
    );
    const count = await plans.plansOf((db) => countRuns(db, { status: ['SUCCESS'] }));

    expect(scanned(some)).toBeLessThanOrEqual(MOST_SCANNED);
    expect(scanned(count)).toBeLessThanOrEqual(1001 + MOST_STRETCHES);
    expect([...some, ...count].filter((node) => costly.test(node['Node Type']))).toEqual([]);
  });

  test('what no index has in order is looked for among so many, and the page says where it goes on', async ({
    plans,
  }) => {
    const filter: RunFilter = { min_duration_ms: 4000 };

    const nodes = await plans.plansOf((db) => listRuns(db, filter, { limit: PAGE }));
    const page = await listRuns(plans.db, filter, { limit: PAGE });

    // Once for the end of what is looked at, once for the runs.
    expect(scanned(nodes)).toBeLessThanOrEqual(2 * 20_000);
    expect(page).toMatchObject({
      runs: [],
      next: { way: '<', key: [expect.any(String), expect.any(String)] },
    });
    expect(await countRuns(plans.db, filter)).toBe('0+');
    const [down, up] = await thereAndBack(plans.db, filter);
    expect(down).toEqual([30_000, 100]);
    expect(up).toEqual([100, 30_000]);
  });

  test.for<[string, RunFilter, string]>([
    ['a rare tag', { tag: ['weekly'] }, 'run_log_tags'],
    ['rare members of meta', { meta: { n: 5 } }, 'run_log_meta'],
    ['words of errors', { q: 'broke 700' }, 'run_log_words'],
  ])('%s comes from its own index', async ([, filter, index], { plans }) => {
    const nodes = await plans.plansOf((db) => listRuns(db, filter, { limit: PAGE }));

    expect(nodes.map((node) => node['Index Name'])).toContain(index);
    expect(scanned(nodes)).toBeLessThan(500);
  });

  test('a frequent tag is met on the way down the list', async ({ plans }) => {
    const page = await plans.plansOf((db) => listRuns(db, { tag: ['nightly'] }, { limit: PAGE }));

    expect(page.map((node) => node['Index Name'])).not.toContain('run_log_tags');
  });
});
