import type { Client } from 'pg';
import { onTestFinished } from 'vitest';
import { onBoundary } from '../../lib/boundary.ts';
import { emptyBooks } from '../../lib/report/books.ts';
import { commitBatch, readWatermark } from '../../lib/report/commit-row.ts';
import { PART, ship } from '../../lib/work/ship.ts';
import { test as base, expect } from '../setup/product.ts';
import { claimed, entered, nothingArrives } from './hands-on.ts';
import { idle, pipelineOf, runOf } from './pipeline-of.ts';

/** More than two transactions take. */
const MANY = 2 * PART + 100;

const NOTE = `
  insert into kubescribe.evidence (commit_id, identity, class, symbol, ts, detail)
  select $1, sha256(n::text::bytea), 'cast_errors', 'S' || n, now(),
         jsonb_build_object('column_name', 'c', 'raw_value', n, 'target_type', 'numeric', 'source_id', n::text)
    from generate_series(1, $2::int) n`;

const test = base.extend('shipping', async ({ product, report, runlog, connect }, { onCleanup }) => {
  const { service, trigger } = await product({ pipelines: [pipelineOf(idle)], weather: nothingArrives });
  const work = await claimed(service, await runOf(trigger({ pipeline: 'sample' })));
  const session = await entered(report, work);
  onCleanup(() => session.end());
  const place = { scope: work.scope, task: 'only', runId: work.run_id, epoch: work.epoch };
  const batch = async (rows: number) =>
    commitBatch(
      session,
      place,
      await readWatermark(session, work.scope, 'only'),
      'written',
      async (client, id) => {
        await client.query(NOTE, [id, rows]);
        return { books: { ...emptyBooks(), read: rows, rejected: rows, evidence: { cast_errors: rows } } };
      },
    );
  const log = await connect(runlog);
  return {
    service,
    session,
    batch,
    log,
    report: await connect(report),
    ship: () => ship(service.runlog, session, work),
  };
});

const one = async (client: Client, sql: string) => (await client.query(sql)).rows[0];

const shipped = async (log: Client, report: Client) => ({
  ...(await one(
    log,
    `select (select count(*)::int from operation_logs.cast_errors) as rows,
            (select count(distinct identity)::int from operation_logs.cast_errors) as distinct,
            (select count(*)::int from evidence_identities) as identities,
            (select count(*)::int from evidence_sightings) as sightings,
            (select count(*)::int from batch_books) as books,
            (select array_agg(error_detail order by error_id) from operation_logs.data_quality_errors) as summaries`,
  )),
  ...(await one(
    report,
    `select (select count(*)::int from kubescribe.evidence) as waiting,
            (select count(*)::int from kubescribe.commits where not shipped) as unshipped`,
  )),
});

const whole = {
  rows: MANY,
  distinct: MANY,
  identities: MANY,
  sightings: MANY,
  books: 1,
  summaries: [`${MANY} values could not be read as their type`],
  waiting: 0,
  unshipped: 0,
};

test('much evidence is shipped in parts; what is seen again has no second row', async ({ shipping }) => {
  const { batch, ship, log, report } = shipping;
  await batch(MANY);
  await ship();
  expect(await shipped(log, report)).toEqual(whole);

  await batch(MANY);
  await ship();

  expect(await shipped(log, report)).toMatchObject({
    rows: MANY,
    identities: MANY,
    sightings: 2 * MANY,
    books: 2,
  });
});

for (const point of ['ship:before', 'ship:after', 'shipped:before', 'shipped:after'])
  for (const nth of [1, 3])
    test(`a crash at ${point}, the ${nth}. time, doubles and loses nothing`, async ({ shipping }) => {
      const { batch, ship, log, report, session } = shipping;
      await batch(MANY);
      let passed = 0;
      onBoundary((name, moment) => {
        if (`${name}:${moment}` === point && ++passed === nth) throw new Error('a crash');
      });
      onTestFinished(() => onBoundary(undefined));

      await expect(ship()).rejects.toThrow('a crash');
      await session.query('rollback');
      onBoundary(undefined);
      await ship();

      expect(await shipped(log, report)).toEqual(whole);
    });

test('what was seen in a month that is gone has a row again; times beyond all months are now', async ({
  shipping,
}) => {
  const { batch, ship, log, report } = shipping;
  await batch(3);
  await ship();
  await log.query(`truncate operation_logs.cast_errors;
    update evidence_identities set log_time = '2020-02-03' where identity = sha256('1')`);
  await batch(3);
  await report.query(`update kubescribe.evidence set noted_at = '2019-01-01'`);
  await ship();

  const { rows } = await log.query(
    `select raw_value, row.log_time > now() - interval '1 hour' as now, row.log_time = known.log_time as same
       from operation_logs.cast_errors row join evidence_identities known using (identity)`,
  );
  expect(rows).toEqual([{ raw_value: '1', now: true, same: true }]);
});

test('a month that nobody made is made when its evidence comes', async ({ shipping }) => {
  const { batch, ship, log } = shipping;
  await log.query(`insert into clock_shift (shift) values ('150 days')`);
  await log.query(`update run_work set lease_until = clock() + interval '1 minute'`);
  await batch(2);

  await ship();

  expect(await one(log, 'select count(*)::int as rows from operation_logs.cast_errors')).toEqual({ rows: 2 });
});
