import { describe } from 'vitest';
import { onBoundary } from '../../../lib/boundary.ts';
import { openRunLog } from '../../../lib/db/connect.ts';
import { instantBefore, purge } from '../../../lib/upkeep/purge.ts';
import { test as base, expect } from '../../setup/product.ts';
import { until } from '../../setup/until.ts';
import { longAgo } from './long-ago.ts';

const purger = { by: 'tester', from: 'test' };
const made = { pipelines: [] };

const test = base.extend('db', async ({ runlog, ends: _ }, { onCleanup }) => {
  const db = openRunLog(runlog, { name: 'test' });
  onCleanup(() => db.destroy());
  return db;
});

describe('a purge of runs', () => {
  test('takes what is older than it is kept, with all that belongs to it', async ({
    db,
    runlog,
    connect,
  }) => {
    const client = await connect(runlog);
    const [old, , fresh] = await longAgo(client, 'sample', [
      { daysAgo: 130 },
      { daysAgo: 119 },
      { daysAgo: 1 },
    ]);

    await purgeAll(db);

    expect(await idsOf(client, 'run_log')).not.toContain(old);
    expect(await idsOf(client, 'run_log')).toContain(fresh);
    expect(await idsOf(client, 'task_runs')).not.toContain(old);
    expect(await idsOf(client, 'run_slices')).not.toContain(old);
    expect(await idsOf(client, 'run_requests'), 'the calendar is kept for longer').toContain(old);
    expect(await told(client)).toMatchObject([{ action: 'purge.pass', subject: 'runs', actor: 'tester' }]);
  });

  test('keeps the newest judged run of each lane, and what is newer than it', async ({
    db,
    runlog,
    connect,
  }) => {
    const client = await connect(runlog);
    const [gone, judged, cancelled, other] = await longAgo(client, 'sample', [
      { daysAgo: 400, status: 'SUCCESS' },
      { daysAgo: 300, status: 'ERROR' },
      { daysAgo: 200, status: 'CANCELLED' },
      { daysAgo: 350, lane: 'berlin' },
    ]);

    await purgeAll(db);

    const left = await idsOf(client, 'run_log');
    expect(left.sort()).toEqual([judged, cancelled, other].sort());
    expect(left).not.toContain(gone);
  });

  test('keeps as many slots as failures in a row are counted', async ({ db, runlog, connect }) => {
    const client = await connect(runlog);
    const ids = await longAgo(
      client,
      'sample',
      [500, 400, 300, 200, 190].map((daysAgo) => ({ daysAgo, status: 'ERROR' as const })),
    );
    await client.query('update pipelines set pause_after = 3');

    await purgeAll(db);

    expect((await idsOf(client, 'run_log')).sort()).toEqual(ids.slice(2).sort());
  });

  test('never takes a live run, what is to be told of, what is being done again, and foreign rows', async ({
    db,
    runlog,
    connect,
  }) => {
    const client = await connect(runlog);
    const ids = await longAgo(client, 'sample', [
      { daysAgo: 400, status: 'STARTED' },
      { daysAgo: 300 },
      { daysAgo: 290 },
      { daysAgo: 280, foreign: true },
      { daysAgo: 1 },
    ]);
    await client.query(
      `insert into outbox (id, type, source, subject, run_id, data) values ('e', 't', '/s', 's', $1, '{}')`,
      [ids[1]],
    );
    await client.query(
      `insert into run_requests (run_id, pipeline, kind, trigger, source, replay_of)
       values (gen_random_uuid(), 'sample', 'replay', 'api', 'local', $1)`,
      [ids[2]],
    );

    await purgeAll(db);
    expect((await idsOf(client, 'run_log')).sort()).toEqual([...ids].sort());

    await client.query(`update retention set keep = '120 days' where of = 'foreign_runs'`);
    await purgeAll(db);
    expect(await idsOf(client, 'run_log'), 'when somebody says so').not.toContain(ids[3]);
  });

  test('takes keys with their run: they may be used again', async ({ db, runlog, connect }) => {
    const client = await connect(runlog);
    const [old] = await longAgo(client, 'sample', [
      { daysAgo: 130, kind: 'person', key: 'k' },
      { daysAgo: 1, kind: 'person' },
    ]);

    await purgeAll(db);

    expect(await idsOf(client, 'run_requests')).not.toContain(old);
  });

  test('killed in the middle, it goes on where it was; two at once do no harm', async ({
    db,
    runlog,
    connect,
  }) => {
    const client = await connect(runlog);
    await client.query('insert into pipelines (name) values ($1)', ['sample']);
    await client.query(
      `with logged as (
         insert into run_log (component, status, started_at, finished_at)
         select 'sample', 'SUCCESS', at, at
           from (select clock() - interval '130 days' - n * interval '1 minute' as at from generate_series(1, 900) n) old
         returning run_id, started_at)
       insert into run_requests (run_id, pipeline, kind, slot, state, trigger, source, requested_at, ended_at)
       select run_id, 'sample', 'slot', started_at, 'ran', 'cron', 'local', started_at, started_at from logged`,
    );
    let passed = 0;
    onBoundary((name, moment) => {
      if (name === 'purge' && moment === (passed < 10 ? 'before' : 'after') && ++passed % 3 === 0)
        throw new Error('killed');
    });
    for (let life = 0; life < 4; life++) await purgeAll(db, { tolerant: true });
    onBoundary(undefined);

    await Promise.all([purgeAll(db), purgeAll(db)]);
    await purgeAll(db);

    expect(await idsOf(client, 'run_log')).toHaveLength(1);
    const { rows } = await client.query('select pass from retention where pass is not null');
    expect(rows).toEqual([]);
  });
});

test('a day of the log is dropped whole, and readers that hold it are waited for but not kept waiting', async ({
  db,
  runlog,
  connect,
}) => {
  const client = await connect(runlog);
  await client.query(
    `create table logs_20250101 partition of logs for values from ('2025-01-01') to ('2025-01-02')`,
  );
  // Days belong to whoever owns the table.
  await client.query(
    `do $$ begin execute format('alter table logs_20250101 owner to %s',
       (select relowner::regrole from pg_class where oid = 'logs'::regclass)); end $$`,
  );
  await client.query(`insert into logs (message, timestamp) values ('old', '2025-01-01 10:00')`);
  const reader = await connect(runlog);
  await reader.query('begin');
  await reader.query('select count(*) from logs');

  let over = false;
  const purging = purgeAll(db).finally(() => {
    over = true;
  });
  // It tries for moments; none of them need be seen.
  const trying = `select from pg_locks where not granted and relation = 'logs'::regclass
    and database = (select oid from pg_database where datname = current_database())`;
  await until(async () => over || (await client.query(trying)).rowCount);
  // Whoever waits behind it longer than that fails.
  await client.query(`set lock_timeout = '1s'`);
  await client.query('select count(*) from logs');
  await reader.query('commit');
  await purging;
  await purgeAll(db);

  expect((await client.query(`select to_regclass('logs_20250101') as day`)).rows).toEqual([{ day: null }]);
  await client.query(`insert into logs (message) values ('today')`);
});

test('what the calendar forgot is not planned again, and is called no longer kept', async ({
  product,
  db,
  runlog,
  connect,
}) => {
  const { tick, ask } = await product(made);
  const client = await connect(runlog);
  await longAgo(client, 'sample', [{ daysAgo: 500 }, { daysAgo: 450 }, { daysAgo: 1 }]);
  await client.query(
    `insert into schedules (pipeline, cron, timezone, valid_from, valid_until, planned_until, written_by)
     select 'sample', '0 0 * * *', 'UTC', clock() - interval '800 days', clock() - interval '600 days',
            clock() - interval '600 days', 'test'`,
  );
  await client.query(
    `insert into schedules (pipeline, cron, timezone, valid_from, planned_until, written_by)
     values ('sample', '0 0 * * *', 'UTC', clock() - interval '600 days', clock() - interval '1 hour', 'test')`,
  );
  const planned = 'select planned_until from schedules where valid_until is null';
  const before = (await client.query(planned)).rows;

  await purgeAll(db);
  await tick('schedule');

  expect((await client.query(planned)).rows).toEqual(before);
  expect(await idsOf(client, 'run_requests')).toHaveLength(1);

  await client.query(`update pipelines set created_at = clock() - interval '900 days'`);
  await purgeAll(db);
  const calendarAt = async (days: number) => {
    const at = new Date(Date.now() - days * 86_400_000).toISOString().slice(0, 10);
    return (await ask(`/pipelines/sample/calendar?at=${at}T00:00:00Z`)).json();
  };
  expect(await calendarAt(700)).toMatchObject([
    { state: 'none', why: expect.stringContaining('no longer kept') },
  ]);
  expect(await calendarAt(500)).toMatchObject([
    { state: 'forgotten', why: expect.stringContaining('older than what is kept') },
  ]);
});

test('the daily tick purges, measures, and is called for again when it was lost', async ({
  product,
  runlog,
  connect,
}) => {
  const { tick, broker } = await product(made);
  const client = await connect(runlog);
  await longAgo(client, 'sample', [{ daysAgo: 130 }, { daysAgo: 1 }]);

  expect((await tick('daily')).status).toBe(204);

  expect(await idsOf(client, 'run_log')).toHaveLength(1);
  const { rows } = await client.query(`select bytes from table_sizes where table_name = 'database'`);
  expect(rows).toHaveLength(1);

  await longAgo(client, 'sample', [{ daysAgo: 140 }]);
  await client.query(`update retention set passed_at = clock() - interval '26 hours'`);
  await tick('minute');
  await until(() => broker.deliveries.some(({ type }) => /upkeep\.due$/.test(type)));
  await until(async () => (await idsOf(client, 'run_log')).length === 1);
});

type Db = Parameters<typeof purge>[0]['db'];

async function purgeAll(
  db: Db,
  { tolerant = false, report }: { tolerant?: boolean; report?: Client } = {},
): Promise<void> {
  const since = await instantBefore(db, '0');
  const failures: unknown[] = [];
  await purge({ db, report, since, purger, onFailure: (_, error) => failures.push(error) });
  if (!tolerant) expect(failures).toEqual([]);
}

import type { Client } from 'pg';

async function idsOf(client: Client, table: string): Promise<string[]> {
  return (await client.query<{ run_id: string }>(`select run_id from ${table}`)).rows.map(
    (row) => row.run_id,
  );
}

const told = async (client: Client) => (await client.query('select * from audit')).rows;

test('commit rows go but for each watermark and the newest of a target; fences go with the runs that nothing is left of', async ({
  db,
  runlog,
  report,
  connect,
}) => {
  const client = await connect(runlog);
  const written = await connect(report);
  const [gone, live] = await longAgo(client, 'sample', [
    { daysAgo: 300, status: 'ERROR', ranged: true },
    { daysAgo: 200, status: 'STARTED' },
    { daysAgo: 1 },
  ]);
  await written.query(
    `insert into kubescribe.commits (scope, task, predecessor, run_id, batch, source_identity, previous_horizon, horizon,
                                     last_id, closed, books, shipped, committed_at, target)
     select scope, 'only', predecessor, gen_random_uuid(), 1, 'source', 0, horizon, 0, true, '{}', shipped,
            statement_timestamp() - ago * interval '1 day', 'written'
       from (values ('sample', 0, 10, true, 300), ('sample', 1, 20, true, 299), ('sample', 2, 30, false, 298),
                    ('sample', 3, 40, true, 297), ('run:' || $1::text, 0, 15, true, 300),
                    ('run:' || $2::text, 0, 16, true, 300), ('other', 0, 99, true, 300)) old
              (scope, predecessor, horizon, shipped, ago)`,
    [gone, live],
  );
  await written.query(
    `insert into kubescribe.fence select distinct scope, 1 from kubescribe.commits
     union select 'run:' || gen_random_uuid(), 1`,
  );

  await purgeAll(db, { report: written });

  const left = await written.query('select scope, horizon::int from kubescribe.commits order by horizon');
  expect(left.rows).toEqual([
    { scope: `run:${live}`, horizon: 16 },
    { scope: 'sample', horizon: 30 },
    { scope: 'sample', horizon: 40 },
    { scope: 'other', horizon: 99 },
  ]);
  const fences = await written.query<{ scope: string }>('select scope from kubescribe.fence');
  expect(fences.rows.map(({ scope }) => scope).sort()).toEqual(['other', `run:${live}`, 'sample']);
});
