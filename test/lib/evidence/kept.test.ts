import type { Client } from 'pg';
import { test as base, expect } from '../../setup/product.ts';
import { idle, pipelineOf } from '../../work/pipeline-of.ts';

const test = base.extend('upkeep', async ({ product, runlog, report, connect }) => {
  const { tick } = await product({ pipelines: [pipelineOf(idle)] });
  const [log, reports] = [await connect(runlog), await connect(report)];
  const again = async () => {
    await log.query(`update retention set passed_at = clock() - interval '2 days'`);
    expect((await tick('daily')).status).toBe(204);
  };
  return { log, reports, again };
});

const one = async (client: Client, sql: string) => (await client.query(sql)).rows[0];

test('without an archive months go when they are too old, and what was seen in them when no run speaks of it', async ({
  upkeep,
}) => {
  const { log, again } = upkeep;
  await log.query(`
    create table operation_logs.cast_errors_202001 partition of operation_logs.cast_errors
      for values from ('2020-01-01 00:00+00') to ('2020-02-01 00:00+00');
    do $$ begin execute format('alter table operation_logs.cast_errors_202001 owner to %s', (
      select relowner::regrole from pg_class where oid = 'operation_logs.cast_errors'::regclass)); end $$;
    insert into operation_logs.cast_errors (log_time, identity)
    select at, sha256(at::text::bytea) from unnest('{2020-01-15,2020-01-16}'::timestamptz[] || now()) at;
    insert into evidence_identities (identity, class, row_id, log_time)
    select identity, 'cast_errors', error_id, log_time from operation_logs.cast_errors;
    insert into run_log (status, component) values ('STARTED', 'of mine');
    insert into evidence_sightings (run_id, task, batch, identity)
    select run_id, 'task', 1, sha256(timestamptz '2020-01-16'::text::bytea) from run_log`);

  await again();

  expect(
    await one(
      log,
      `select to_regclass('operation_logs.cast_errors_202001') as part,
              (select count(*)::int from operation_logs.cast_errors) as rows,
              (select array_agg(log_time::date::text order by log_time) from evidence_identities
                where log_time < '2021-01-01') as seen`,
    ),
  ).toEqual({ part: null, rows: 1, seen: ['2020-01-16'] });
});

test('rows leave the quarantine when nobody mended them for long', async ({ upkeep }) => {
  const { reports, again } = upkeep;
  await reports.query(`
    insert into kubescribe.quarantine (pipeline, task, source_id, target, run_id, commit_id, rules, row, noted_at)
    select 'p', 't', days, 'x', gen_random_uuid(), 1, '{}', '{}', now() - days * interval '1 day'
      from unnest('{1,100,121,500}'::int[]) days`);

  await again();

  const { rows } = await reports.query('select source_id::int as days from kubescribe.quarantine order by 1');
  expect(rows).toEqual([{ days: 1 }, { days: 100 }]);
});
