import { sql } from 'kysely';
import { expect } from 'vitest';
import type { Db } from '../../lib/db/connect.ts';
import { test } from './console-door.ts';

const RUN = '0192f3c4-5d6e-7f80-9123-456789abcdef';
const HOSTILE = '<script>alert(1)</script>\u202e';

/** A run that saw a broken rule twice and two sources that differ. */
const noted = (db: Db) =>
  sql`
    with run as (
      insert into run_log (run_id, component, meta) values (${RUN}, 'feed', '{"rejected_by": {"null.close": 2}}')
      returning run_id),
         broken as (
      insert into operation_logs.data_quality_errors
        (symbol, ts, error_type, error_detail, pipeline, run_id, task, batch, rule, policy, sample, identity)
      select 'AAPL', '2026-01-05Z', 'constraint_violation', ${HOSTILE}, 'feed', run_id, 'bars', 1, 'null.close', 'reject',
             ${JSON.stringify({ note: HOSTILE })}, sha256('a') from run
      returning error_id, log_time, identity),
         dispute as (
      insert into operation_logs.authority_conflicts
        (symbol, source_a, source_b, preferred_source, pipeline, run_id, task, batch, row_a, row_b, identity)
      select 'MSFT', 'primary', 'vendor', 'primary', 'feed', run_id, 'bars', 1, '{"close": 1}', '{"close": 2}', sha256('b')
        from run
      returning conflict_id, log_time, identity),
         known as (
      insert into evidence_identities
      select identity, 'data_quality_errors', error_id, log_time from broken
      union all select identity, 'authority_conflicts', conflict_id, log_time from dispute returning identity)
    insert into evidence_sightings (run_id, task, batch, identity, count)
    select ${RUN}::uuid, 'bars', 1, identity, 2 from known`.execute(db);

test('the evidence of a run: by rule, by class, with the rows and their values', async ({ db, get }) => {
  await noted(db);

  const { status, text } = await get(`/console/runs/${RUN}/evidence`);

  expect(status).toBe(200);
  expect(text).toMatch(/Rejected rows, by rule.*null\.close.*2/s);
  expect(text).toMatch(/Broken rules.*1 finding, seen in 2 rows.*AAPL.*reject/s);
  expect(text).toMatch(/Disputes.*primary and vendor differ: primary is believed/s);
  expect(text).toContain('&lt;script&gt;alert(1)&lt;/script&gt;');
  expect(text).not.toContain('<script>alert');
  expect((await get(`/console/runs/${RUN.replace(/.$/, '0')}/evidence`)).status).toBe(404);
  expect((await get('/console/runs/x/evidence')).status).toBe(404);
  expect((await get(`/console/runs/${RUN}`)).text).toContain(`/console/runs/${RUN}/evidence`);
});

test('a run of which nothing was noted says so', async ({ db, get }) => {
  await sql`insert into run_log (run_id, component) values (${RUN}, 'feed')`.execute(db);

  expect((await get(`/console/runs/${RUN}/evidence`)).text).toContain('Nothing was noted of this run.');
});

test('operations: counts with their trend, watermarks; empty before there is anything', async ({
  db,
  get,
}) => {
  const empty = await get('/console/operations');
  await noted(db);
  await sql`
    insert into operation_logs.pipeline_watermarks (pipeline_name, last_processed_ts, status, run_id)
    values (${HOSTILE}, clock() - interval '2 hours', 'OK', ${RUN}), ('nothing', null, null, null)`.execute(
    db,
  );

  const day = await get('/console/operations');
  const month = await get('/console/operations?days=30');

  expect(empty.text).toMatch(/Broken rules.*aria-label="None".*No pipeline has read anything yet/s);
  expect(day.text).toMatch(/the last day.*Broken rules.*<b>1<\/b>.*Disputes.*<b>1<\/b>/s);
  expect(day.text).toMatch(/&lt;script&gt;.*2 h 00 min/s);
  expect(day.text.match(/<rect class="warn"/g)).toHaveLength(2);
  expect(month.text).toContain('the last 30 days');
});

test('the rows of a class are found by a form and paged', async ({ db, get }) => {
  await noted(db);
  const at = '/console/operations/data_quality_errors';

  expect((await get(at)).text).toMatch(/AAPL.*null\.close/s);
  expect((await get(`${at}?symbol=AAPL&run_id=${RUN}&rule=null.close&pipeline=`)).text).toContain('AAPL</b>');
  expect((await get(`${at}?symbol=MSFT`)).text).toContain('None.');
  for (const [query, status] of [
    ['cursor=x', 400],
    ['column=x', 400],
    ['policy=odd', 400],
    ['run_id=x', 400],
  ] as const)
    expect([query, (await get(`${at}?${query}`)).status]).toEqual([query, status]);
  expect((await get('/console/operations/run_log')).status).toBe(404);
  for (const name of [
    'dedup_conflicts',
    'cast_errors',
    'upsert_failures',
    'concurrency_issues',
    'backup_logs',
  ])
    expect([name, (await get(`/console/operations/${name}`)).status]).toEqual([name, 200]);
});
