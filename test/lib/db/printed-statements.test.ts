import type pg from 'pg';
import { expect } from 'vitest';
import { migrateUp, runlogMigrations } from '../../../lib/db/migrate.ts';
import { noPsql, run } from '../../infra/doors.ts';
import { testOn16 } from '../../setup/fixtures.ts';

// Statements as the promised texts print them; only '<the-returned-uuid>' is filled in.
const START = `INSERT INTO run_log(run_id, status, component, trigger, source, meta)
VALUES (gen_random_uuid(), 'STARTED', 'core-runner', 'cron', 'k8s', '{"batch": 42}')
RETURNING run_id;`;
const SUCCESS = `UPDATE run_log
SET status='SUCCESS', finished_at=now(), meta = jsonb_set(COALESCE(meta,'{}'::jsonb), '{processed}', '123'::jsonb, true)
WHERE run_id = '<the-returned-uuid>';`;
const FIRST_ROWS = 'SELECT * FROM run_log LIMIT 5;';
const BY_TYPE = `SELECT type, COUNT(*) 
FROM logs 
GROUP BY type;`;
const BY_LEVEL = `SELECT level, COUNT(*) 
FROM logs 
WHERE timestamp > NOW() - INTERVAL '1 hour'
GROUP BY level;`;
const ERROR_RATE = `SELECT 
  job_run_id,
  COUNT(CASE WHEN level = 'error' THEN 1 END) as errors,
  COUNT(*) as total_logs,
  (COUNT(CASE WHEN level = 'error' THEN 1 END)::float / COUNT(*)) * 100 as error_rate
FROM logs 
WHERE type IN ('job', 'task')
  AND timestamp > NOW() - INTERVAL '1 hour'
GROUP BY job_run_id
HAVING COUNT(CASE WHEN level = 'error' THEN 1 END) > 0;`;

/** A database on a server that somebody set up far from UTC. */
const test = testOn16
  .extend('abroad', async ({ server, connect }) =>
    (await connect(server)).query(`alter role all set timezone = 'Asia/Kolkata'`),
  )
  .extend('url', async ({ abroad, empty }) => {
    expect(abroad.command).toBe('ALTER');
    await migrateUp(empty, runlogMigrations);
    return empty;
  })
  .extend('db', ({ connect, url }) => connect(url));

async function startRun(db: pg.Client): Promise<string> {
  return (await db.query<{ run_id: string }>(START)).rows[0]!.run_id;
}

test('a run is started, marked successful and found by the printed statements', async ({ db }) => {
  const runId = await startRun(db);
  const started = await db.query(FIRST_ROWS);
  await db.query(SUCCESS.replace('<the-returned-uuid>', runId));
  const ended = await db.query(FIRST_ROWS);

  expect(started.rows).toMatchObject([
    { run_id: runId, status: 'STARTED', finished_at: null, duration_ms: null },
  ]);
  expect(ended.rows).toMatchObject([
    { run_id: runId, status: 'SUCCESS', meta: { batch: 42, processed: 123 } },
  ]);
  const { duration_ms, started_at, finished_at } = ended.rows[0];
  expect(Math.abs(duration_ms - (finished_at - started_at))).toBeLessThanOrEqual(1);
});

test('a run that names no id gets one, and an error fills the error fields', async ({ db }) => {
  const { rows } = await db.query(
    `insert into run_log (status, component) values ('STARTED', 'core-runner') returning run_id`,
  );
  await db.query(
    `update run_log set status = 'ERROR', finished_at = now(), error_code = 'E1', error_message = 'm', error_stack = 's'
      where run_id = $1`,
    [rows[0].run_id],
  );

  expect((await db.query(FIRST_ROWS)).rows).toMatchObject([
    { status: 'ERROR', error_code: 'E1', error_stack: 's' },
  ]);
});

test.for(['SUCCESS', 'ERROR', 'CANCELLED', 'TIMEOUT'])(
  'a run that ended as %s cannot change any more',
  async (status, { db }) => {
    const runId = await startRun(db);
    await db.query('update run_log set status = $2, finished_at = now() where run_id = $1', [runId, status]);

    for (const next of ['STARTED', 'SUCCESS', 'ERROR']) {
      await expect(
        db.query('update run_log set status = $2 where run_id = $1', [runId, next]),
      ).rejects.toThrow(/cannot change/);
    }
  },
);

test('v_latest_runs shows the latest run of each component', async ({ db }) => {
  await db.query(`insert into run_log (component, started_at, meta) values
    ('a', now() - interval '2 min', '1'), ('a', now() - interval '1 min', '2'), ('b', now() - interval '1 day', '3')`);

  expect((await db.query('select component, meta from v_latest_runs order by component')).rows).toEqual([
    { component: 'a', meta: 2 },
    { component: 'b', meta: 3 },
  ]);
});

test('the printed log queries answer right, wherever the server thinks it is', async ({
  db,
  url,
  connect,
}) => {
  const healthy = await startRun(db);
  const failing = await startRun(db);
  const writer = await connect(`${url}?options=-c%20timezone%3DUTC`);
  await writer.query(
    `insert into logs (type, job_run_id, level, message, timestamp) values
       ('system', null, 'error', 'no run, no rate', now()), ('job', $1, 'info', 'fine', now()),
       ('job', $2, 'error', 'one', now() - interval '50 min'), ('job', $2, 'info', 'two', now()),
       ('job', $2, 'debug', 'three', now()), ('job', $2, 'info', 'four', now() - interval '10 min'),
       ('job', $1, 'error', 'long ago', now() - interval '70 min')`,
    [healthy, failing],
  );

  expect((await db.query(BY_TYPE)).rows).toEqual(
    expect.arrayContaining([
      { type: 'system', count: '1' },
      { type: 'job', count: '6' },
    ]),
  );
  expect((await db.query(BY_LEVEL)).rows.sort((a, b) => (a.level < b.level ? -1 : 1))).toEqual([
    { level: 'debug', count: '1' },
    { level: 'error', count: '2' },
    { level: 'info', count: '3' },
  ]);
  expect((await db.query(ERROR_RATE)).rows).toEqual([
    { job_run_id: failing, errors: '1', total_logs: '4', error_rate: 25 },
  ]);
});

test('logs has the printed columns and indexes', async ({ db }) => {
  const columns = await db.query(
    `select string_agg(column_name || ' ' || data_type || ' ' || is_nullable, ', ' order by ordinal_position) as list
       from information_schema.columns where table_name = 'logs' and column_name not in ('attempt', 'epoch')`,
  );
  const indexes = await db.query(
    `select indexname as name from pg_indexes where tablename = 'logs' and indexname like 'idx%' order by 1`,
  );

  expect(columns.rows[0].list).toBe(
    'id bigint NO, type text NO, job_run_id uuid YES, task_run_id uuid YES, timestamp timestamp without time zone NO, ' +
      'level text NO, stream text NO, message text NO, metadata jsonb YES, created_at timestamp with time zone YES',
  );
  expect(indexes.rows.map(({ name }) => name)).toEqual([
    'idx_logs_job_run_id',
    'idx_logs_job_run_timestamp',
    'idx_logs_level',
    'idx_logs_task_run_id',
    'idx_logs_task_run_timestamp',
    'idx_logs_timestamp',
    'idx_logs_type',
  ]);
});

test('a log line needs no more than its message, and dies with its run', async ({ db }) => {
  const runId = await startRun(db);
  await db.query(`insert into logs (message) values ('hello')`);
  await db.query(`insert into logs (type, job_run_id, message) values ('job', $1, 'of a run')`, [runId]);
  await db.query('delete from run_log where run_id = $1', [runId]);

  expect((await db.query('select type, level, stream, message from logs')).rows).toEqual([
    { type: 'system', level: 'info', stream: 'system', message: 'hello' },
  ]);
});

test.skipIf(noPsql)('psql lists the tables as printed', async ({ url }) => {
  const { stdout } = await run('psql', [url, '-X', '-c', '\\dt'], {});

  for (const table of ['run_log', 'logs', 'task_runs'])
    expect(stdout).toMatch(new RegExp(`\\| ${table} +\\|`));
});
