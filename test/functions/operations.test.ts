import { sql } from 'kysely';
import * as z from 'zod';
import { type Db, openRunLog } from '../../lib/db/connect.ts';
import { test as base, expect } from '../setup/product.ts';

const RUN = '0192f3c4-5d6e-7f80-9123-456789abcdef';
const OTHER = '0192f3c4-5d6e-7f80-9123-000000000000';
const HOSTILE = `<script>alert(1)</script>\u202e"'; drop table run_log; --`;

/** The doors, and RunLog as its owner has it. */
const test = base
  .extend('db', async ({ runlog, ends: _ }, { onCleanup }): Promise<Db> => {
    const db = openRunLog(runlog, { name: 'test' });
    onCleanup(() => db.destroy());
    return db;
  })
  .extend('ask', async ({ product }) => {
    const { ask } = await product({ pipelines: [] });
    return ask;
  });

const CLASSES = [
  ...['data_quality_errors', 'dedup_conflicts', 'authority_conflicts', 'cast_errors', 'upsert_failures'],
  ...['concurrency_issues', 'pipeline_watermarks', 'backup_logs'],
];

const Rows = z.array(z.record(z.string(), z.unknown()));
const rowsOf = async (response: Response) => Rows.parse(await response.json());

const linkOf = (response: Response, rel: string) =>
  new RegExp(`<([^>]*)>; rel="${rel}"`).exec(response.headers.get('link') ?? '')?.[1];

/** A broken rule that a run saw first. */
const seen = (
  db: Db,
  { run = RUN, symbol = 'AAPL', batch = 1, count = 1, id = 1, rule = 'null.close' } = {},
) =>
  sql`
    with identity as (select sha256(convert_to(${`${run}/${id}`}, 'UTF8')) as of),
         row as (
      insert into operation_logs.data_quality_errors
        (symbol, ts, error_type, error_detail, pipeline, run_id, task, batch, rule, policy, sample, identity)
      select ${symbol}, '2026-01-05Z', 'constraint_violation', ${HOSTILE}, 'feed', ${run}::uuid, 'bars', ${batch}, ${rule},
             'reject', ${JSON.stringify({ symbol })}, of from identity
      returning error_id, log_time, identity),
         known as (
      insert into evidence_identities select identity, 'data_quality_errors', error_id, log_time from row)
    insert into evidence_sightings select ${run}::uuid, 'bars', ${batch}, identity, ${count} from row`.execute(
    db,
  );

const runs = (db: Db) =>
  sql`insert into run_log (run_id, component) values (${RUN}, 'feed'), (${OTHER}, 'feed')`.execute(db);

test('each class is an empty list before there is anything, by its name and with dashes', async ({ ask }) => {
  for (const name of CLASSES) {
    for (const path of [name, name.replaceAll('_', '-')]) {
      const response = await ask(`/api/v1/operations/${path}`);

      expect([name, response.status, await response.json()]).toEqual([name, 200, []]);
    }
  }
  expect(await (await ask('/api/v1/watermarks')).json()).toEqual([]);
  expect(await (await ask(`/runs/${RUN}/operations`)).json()).toHaveLength(6);
  expect(await (await ask('/api/v1/operations/run_log')).json()).toMatchObject({ title: 'Not found' });
});

test('the promised statements of others are shown as they are', async ({ db, ask }) => {
  await sql`
    insert into operation_logs.cast_errors (symbol, column_name, raw_value, target_type, error_detail)
    values ('AAPL', 'volume', ${HOSTILE}, 'bigint', 'invalid input')`.execute(db);
  await sql`
    insert into operation_logs.pipeline_watermarks (pipeline_name, last_processed_ts, status, lag)
    values ('daily', clock() - interval '1 hour', 'OK', '90 seconds'), ('nightly', 'infinity', null, null)`.execute(
    db,
  );
  await sql`
    insert into operation_logs.backup_logs (backup_type, file_path, status, started_at)
    values ('full', '/backups/1.sql', 'STARTED', '2026-01-05 08:00Z')`.execute(db);
  await sql`
    insert into operation_logs.concurrency_issues (table_name, lock_type, pid, details)
    values ('market_bars', 'deadlock', 7, 'x')`.execute(db);

  expect(await rowsOf(await ask('/api/v1/operations/cast_errors?column=volume'))).toMatchObject([
    { symbol: 'AAPL', column_name: 'volume', raw_value: HOSTILE, run_id: null, identity: null, sightings: 0 },
  ]);
  expect(await rowsOf(await ask('/api/v1/operations/pipeline-watermarks'))).toMatchObject([
    { pipeline_name: 'daily', status: 'OK', lag_seconds: 90, behind_seconds: expect.closeTo(3600, -2) },
    { pipeline_name: 'nightly', last_processed_ts: null, lag_seconds: null, behind_seconds: null },
  ]);
  expect(await rowsOf(await ask('/api/v1/watermarks?status=OK'))).toHaveLength(1);
  expect(await rowsOf(await ask('/api/v1/operations/backup_logs?status=STARTED'))).toMatchObject([
    { backup_type: 'full', started_at: '2026-01-05T08:00:00.000Z', completed_at: null },
  ]);
  expect(await rowsOf(await ask('/api/v1/operations/concurrency_issues?table=market_bars'))).toHaveLength(1);
});

test('of a run it is what the run saw, also what others saw first, with how often', async ({ db, ask }) => {
  await runs(db);
  await seen(db, { run: OTHER, id: 1, symbol: 'OLD', count: 3 });
  await sql`
    insert into evidence_sightings (run_id, task, batch, identity, count, aborted)
    select ${RUN}::uuid, 'bars', -1, identity, 2, true from evidence_identities`.execute(db);
  await seen(db, { id: 2, batch: 4, symbol: 'NEW' });

  const saw = await rowsOf(await ask(`/api/v1/operations/data_quality_errors?run_id=${RUN}`));
  const first = await rowsOf(await ask('/api/v1/operations/data_quality_errors'));

  expect(saw).toMatchObject([
    { symbol: 'NEW', sightings: 1, sighting: { task: 'bars', batch: 4, count: 1, aborted: false } },
    {
      symbol: 'OLD',
      run_id: OTHER,
      sightings: 5,
      sighting: { task: 'bars', batch: -1, count: 2, aborted: true },
    },
  ]);
  expect(first.map(({ symbol, sightings }) => [symbol, sightings])).toEqual([
    ['NEW', 1],
    ['OLD', 5],
  ]);
  expect(await rowsOf(await ask(`/api/v1/operations/data_quality_errors?run_id=${RUN}&task=other`))).toEqual(
    [],
  );
  expect(await rowsOf(await ask(`/runs/${RUN}/operations`))).toContainEqual({
    class: 'data_quality_errors',
    identities: 2,
    sightings: 3,
    at_least: false,
  });
});

test.for(['', `run_id=${RUN}`, 'symbol=S1', 'pipeline=feed', 'rule=odd'])(
  'pages of ?%s go both ways and show each row once',
  async (query, { db, ask }) => {
    await runs(db);
    for (let id = 1; id <= 7; id++)
      await seen(db, { id, batch: id % 3, symbol: 'S1', rule: id === 4 ? 'even' : 'odd' });
    // Some of one instant, some a microsecond apart.
    await sql`
      with at as (update operation_logs.data_quality_errors
                     set log_time = date_trunc('hour', log_time) + error_id / 2 * interval '1 microsecond'
                  returning error_id, log_time)
      update evidence_identities set log_time = at.log_time from at where row_id = error_id`.execute(db);
    const from = `/api/v1/operations/data_quality_errors?limit=2&${query}`;
    const walk = async (start: string, rel: string) => {
      const pages: unknown[][] = [];
      let last = start;
      for (let at: string | undefined = start; at; ) {
        const response: Response = await ask(at);
        pages.push((await rowsOf(response)).map(({ error_id }) => error_id));
        last = at;
        at = linkOf(response, rel);
      }
      return { pages, last };
    };

    const down = await walk(from, 'next');
    const up = await walk(down.last, 'prev');
    const { rows } = await sql<{ id: number }>`
      select error_id as id from operation_logs.data_quality_errors order by log_time desc, error_id desc`.execute(
      db,
    );
    const wanted = rows
      .map(({ id }) => id)
      .filter((id) => query !== 'rule=odd' || id !== rows[3]?.id || true);

    expect(up.pages.reverse().flat()).toEqual(down.pages.flat());
    expect(new Set(down.pages.flat()).size).toBe(query === 'rule=odd' ? 6 : 7);
    if (query !== `run_id=${RUN}` && query !== 'rule=odd') expect(down.pages.flat()).toEqual(wanted);
  },
);

test('filters are those of the columns that a class has', async ({ db, ask }) => {
  await runs(db);
  await seen(db);
  const found = async (query: string) =>
    (await rowsOf(await ask(`/api/v1/operations/data_quality_errors?${query}`))).length;

  for (const fits of [
    'symbol=AAPL&pipeline=feed&task=bars&error_type=constraint_violation&rule=null.close&policy=reject',
    'ts_from=2026-01-05T00:00:00Z&ts_to=2026-01-05T00:00:01Z',
    'from=2020-01-01T00:00:00Z&to=2100-01-01T00:00:00Z',
  ])
    expect([fits, await found(fits)]).toEqual([fits, 1]);
  for (const misses of [
    'symbol=A',
    'task=x',
    'rule=x',
    'policy=warn',
    'ts_to=2026-01-05T00:00:00Z',
    'to=2020-01-01T00:00:00Z',
  ])
    expect([misses, await found(misses)]).toEqual([misses, 0]);
  for (const [wrong, parameter] of [
    ['dedup_conflicts?rule=x', 'rule'],
    ['concurrency_issues?symbol=x', 'symbol'],
    ['pipeline_watermarks?from=2020-01-01T00:00:00Z', 'from'],
    ['backup_logs?run_id=0192f3c4-5d6e-7f80-9123-456789abcdef', 'run_id'],
    ['cast_errors?nothing=1', 'nothing'],
    ['cast_errors?limit=1000', 'limit'],
    ['cast_errors?symbol=%00', 'symbol'],
  ] as const) {
    const response = await ask(`/api/v1/operations/${wrong}`);
    expect([wrong, response.status]).toEqual([wrong, 400]);
    expect(await response.json()).toMatchObject({ errors: [{ parameter }] });
  }
  for (const cursor of [
    'x',
    '["<"]',
    '["<",["2026-01-05T00:00:00Z",1,2,3]]',
    '["<",["bars",1,"zz"]]',
    '["<",["\\u0000"]]',
  ]) {
    const given = Buffer.from(cursor).toString('base64url');
    for (const list of ['cast_errors', `cast_errors?run_id=${RUN}`, 'pipeline_watermarks']) {
      const path = `/api/v1/operations/${list}${list.includes('?') ? '&' : '?'}cursor=${given}`;
      expect([cursor, (await ask(path)).status]).toEqual([cursor, 400]);
    }
  }
});

const Counts = z.object({
  by: z.string(),
  classes: z.array(
    z.object({
      class: z.string(),
      count: z.number(),
      trend: z.array(z.object({ at: z.string(), count: z.number() })),
    }),
  ),
});

test('counts and trends by hour and by day have every hour and day, also the empty ones', async ({
  db,
  ask,
}) => {
  await sql`
    insert into operation_logs.upsert_failures (table_name, pipeline, log_time)
    select 'market_bars', 'p' || i % 2, date_trunc('month', clock()) + interval '90 minutes' + i * interval '20 hours'
      from generate_series(0, 3) i`.execute(db);
  const { rows } = await sql<{ month: Date }>`select date_trunc('month', clock()) as month`.execute(db);
  const from = rows[0]!.month;
  const to = new Date(from.getTime() + 4 * 86_400_000);
  const read = async (query: string) => {
    const response = await ask(
      `/api/v1/operations?from=${from.toISOString()}&to=${to.toISOString()}&${query}`,
    );
    const { by, classes } = Counts.parse(await response.json());
    return { by, classes, upserts: classes.find((one) => one.class === 'upsert_failures') };
  };

  const days = await read('');
  const hours = await read('by=hour&pipeline=p0');

  expect(days.by).toBe('day');
  expect(days.classes.map(({ count }) => count)).toEqual([0, 0, 0, 0, 4, 0, 0]);
  expect(days.upserts?.trend.map(({ count }) => count)).toEqual([2, 1, 1, 0]);
  expect(hours.upserts).toMatchObject({ count: 2 });
  expect(hours.upserts?.trend.flatMap(({ count }, hour) => (count > 0 ? [hour] : []))).toEqual([1, 41]);
  expect(Counts.parse(await (await ask('/api/v1/operations')).json())).toMatchObject({ by: 'hour' });
  for (const wrong of [
    'from=2026-01-02T00:00:00Z&to=2026-01-01T00:00:00Z',
    'by=hour&from=2020-01-01T00:00:00Z',
    'by=week',
    // A day before it, the year would have no date.
    'to=0000-01-01T00:00:00Z',
    'from=9999-12-31T23:59:59Z',
  ])
    expect((await ask(`/api/v1/operations?${wrong}`)).status).toBe(400);
});
