import * as z from 'zod';
import { Refusal, type Task, type TaskContext } from '../../lib/pipeline/task.ts';
import { declare } from '../../lib/requests/declare.ts';
import {
  arrive,
  createFeed,
  createThings,
  feedPipeline,
  type Params,
  readThings,
  shelves,
  spec,
  things,
  winners,
} from '../lib/ingest/feed.ts';
import { expect, type Product, test } from '../setup/product.ts';
import { settled } from '../setup/settled.ts';
import { until as isSo } from '../setup/until.ts';
import { pass, WRITTEN } from './hands-on.ts';
import { pipelineOf, runOf, writeRow } from './pipeline-of.ts';

const SECOND = 1000;
const DAY = 86_400 * SECOND;
const Shown = z.looseObject({
  backfill_id: z.string(),
  state: z.string(),
  counts: z.record(z.string(), z.number()),
});

async function backfill({ ask }: Product, body: object) {
  const headers = { 'content-type': 'application/json' };
  const answer = await ask('/backfills', { method: 'POST', headers, body: JSON.stringify(body) });
  return Shown.parse(await answer.json());
}

/** Waits for a state of a backfill; a minute's tick comes whenever nothing moves. */
async function until(
  { ask, tick, broker }: Product,
  { backfill_id }: { backfill_id: string },
  reached: (shown: z.infer<typeof Shown>) => boolean,
): Promise<z.infer<typeof Shown>> {
  const shown = await isSo(async () => {
    if (broker.pending() === 0) await tick('minute');
    const shown = Shown.parse(await (await ask(`/backfills/${backfill_id}`)).json());
    return reached(shown) ? shown : undefined;
  });
  return shown!;
}

/** The task, whose worker stands still after its first batch of a slot until it is woken. */
function standingStill(task: Task<Params>, slot: string) {
  let stood = false;
  const { promise: woken, resolve: wake } = Promise.withResolvers<void>();
  const standing = (task: Task<Params>): Task<Params> => ({
    ...task,
    run: (context) => stopped(task.run(context), context),
    ...(task.telling && { telling: (summaries) => standing(task.telling?.(summaries) ?? task) }),
  });
  async function* stopped(all: ReturnType<Task<Params>['run']>, context: TaskContext<Params>) {
    for await (const left of all) {
      if (!stood && context.slot?.toISOString() === slot) {
        stood = true;
        await woken;
      }
      yield left;
    }
  }
  return { task: standing(task), stood: () => stood, wake };
}

/** Three rows before each of the eight slots of a day. */
const dayOf = (day: number) =>
  Array.from({ length: 24 }, (_, hour) => ({
    thing: `${day}/${hour}/${hour % 3}`,
    shelf: `day ${day}`,
    at: new Date(Date.UTC(2026, 0, day, hour)).toISOString(),
  }));

test('a day that was lost and damaged in the report is mended by a backfill of it, though a worker is lost in it, while others run', {
  timeout: 60 * SECOND,
}, async ({ prod, report, runlog, connect, product }) => {
  const [production, reports, ledger] = [await connect(prod), await connect(report), await connect(runlog)];
  await createFeed(production);
  await createThings(reports);
  const ingest = things({ from: { ...spec.from, time: 'received_at' }, batchRows: 2 });
  const fragile = standingStill(ingest, '2026-01-11T06:00:00.000Z');
  const feed = feedPipeline('feed', [fragile.task, shelves], {
    schedule: '0 */3 * * *',
    timezone: 'UTC',
    retry: { attempts: 3, backoff: 0.01 },
  });
  const made = await product({ pipelines: [feed] });
  await declare(made.service.runlog, [feed], 'local');
  await arrive(production, ...dayOf(10).slice(0, 6), ...dayOf(11), ...dayOf(12).slice(0, 6));
  await settled(production);
  expect(await made.start('feed')).toMatchObject({ status: 'SUCCESS' });
  const damage = `
    delete from things where shelf <> 'day 12' and thing ~ '/1$';
    update things set value = 777 where shelf <> 'day 12' and thing ~ '/2$'`;
  await reports.query(damage);
  const watermark = `select max(commit_id) as at from kubescribe.commits where scope = 'feed'`;
  const { rows: before } = await reports.query(watermark);

  const asked = await backfill(made, {
    pipeline: 'feed',
    from: '2026-01-11T00:00:00Z',
    until: '2026-01-12T00:00:00Z',
    reprocess: 'all',
    concurrency: 4,
  });
  await isSo(fragile.stood);
  expect((await reports.query(watermark)).rows).toEqual(before);
  await arrive(production, { thing: 'new', shelf: 'day 20' });
  await settled(production);
  expect(await made.start('feed')).toMatchObject({ status: 'SUCCESS', meta: { read: 1, written: 1 } });
  // As if its worker had died there: it lives, and would renew its lease.
  await ledger.query(`
    update run_work set epoch = nextval('epochs'), lease_until = clock() - interval '1 second'
     where run_id = (select run_id from run_requests where kind = 'backfill' and slot = '2026-01-11T06:00Z')`);
  await made.tick('minute');
  await until(made, asked, ({ counts }) => counts.succeeded === 8);
  fragile.wake();
  const done = await until(made, asked, ({ state }) => state !== 'under way');

  expect(done).toMatchObject({ state: 'done', counts: { succeeded: 8, failed: 0, cancelled: 0 } });
  const without10 = (rows: unknown[]) => rows.filter((row) => !JSON.stringify(row).includes('"10/'));
  expect(without10(await readThings(reports))).toEqual(without10(await winners(production)));
  const { rows } = await reports.query('select shelf, total::int, things from shelves order by shelf');
  expect(rows).toEqual([
    // What lies outside of the range is as damaged as it was.
    { shelf: 'day 10', total: 6, things: 6 },
    { shelf: 'day 11', total: 24, things: 24 },
    { shelf: 'day 12', total: 6, things: 6 },
    { shelf: 'day 20', total: 1, things: 1 },
  ]);
  const deaths = await ledger.query(`
    select meta ->> 'read' as read, meta ->> 'written' as written, meta ->> 'deaths' as deaths
      from run_log where meta ->> 'slot' = '2026-01-11T06:00:00.000Z'`);
  expect(deaths.rows).toEqual([{ read: '3', written: '2', deaths: '1' }]);
});

test('a slot and a person get their runs, and their turns at the table, beside a backfill of 200 slots', {
  timeout: 60 * SECOND,
}, async ({ report, runlog, connect, product }) => {
  const [reports, ledger] = [await connect(report), await connect(runlog)];
  await reports.query(WRITTEN);
  const sample = pipelineOf(
    async function* (context) {
      for (let i = 0; i < (context.range ? 1 : 5); i++) {
        await writeRow(context);
        yield {};
      }
    },
    { schedule: '* 0-3 * * *', timezone: 'UTC' },
  );
  const made = await product({ pipelines: [sample] });
  // At noon no slot is near.
  await pass(ledger, `${1.5 * DAY - (Date.now() % DAY)} milliseconds`);
  await declare(made.service.runlog, [sample], 'local');

  const asked = await backfill(made, {
    pipeline: 'sample',
    from: '2026-01-10T00:00:00Z',
    until: '2026-01-10T03:20:00Z',
    concurrency: 4,
  });
  await until(made, asked, ({ counts }) => (counts.succeeded ?? 0) >= 8);
  await ledger.query(
    `update schedules set planned_until = date_trunc('day', clock(), 'UTC') + interval '3 hours 58 minutes'`,
  );
  await made.tick('schedule');
  const slot = await ledger.query(
    `select run_id from run_requests where kind = 'slot' and state <> 'missed'`,
  );
  const person = await runOf(made.trigger({ pipeline: 'sample' }));
  for (const id of [slot.rows[0].run_id, person])
    expect(await made.ended(id)).toMatchObject({ status: 'SUCCESS' });

  const then = Shown.parse(await (await made.ask(`/backfills/${asked.backfill_id}`)).json());
  expect(then.counts.waiting).toBeGreaterThan(80);
  const { rows: turns } = await reports.query(
    `select run_id = any($1::uuid[]) as other from kubescribe.commits order by commit_id`,
    [[slot.rows[0].run_id, person]],
  );
  const own = turns.flatMap(({ other }, i) => (other ? [i] : []));
  const between = own.slice(1).map((at, i) => at - own[i]! - 1);
  expect(own).toHaveLength(10);
  expect(Math.max(...between)).toBeLessThan(12);
  await made.ask(`/backfills/${asked.backfill_id}/cancel`, { method: 'POST' });
  await until(made, asked, ({ state }) => state === 'cancelled');
  const { rows } = await ledger.query(`
    select max((select count(*) from run_requests other
                 where other.kind = 'backfill' and other.admitted_at <= one.admitted_at
                   and other.ended_at > one.admitted_at))::int as live
      from run_requests one where one.kind = 'backfill' and one.admitted_at is not null`);
  expect(rows).toEqual([{ live: 4 }]);
});

test('people are told of the first slot of a backfill that fails, not of each; all fates are counted', async ({
  runlog,
  connect,
  product,
}) => {
  const ledger = await connect(runlog);
  const sample = pipelineOf(
    async function* () {
      yield {};
      throw new Refusal('NO', 'it cannot');
    },
    { schedule: '0 * * * *', timezone: 'UTC' },
  );
  const made = await product({ pipelines: [sample], env: { NOTIFY_TO: 'ann@example.com' } });
  await declare(made.service.runlog, [sample], 'local');
  await ledger.query(
    `insert into pauses (pipeline, paused_by, why) values ('sample', 'ann', 'a pause is for slots')`,
  );

  const range = { from: '2026-01-10T00:00:00Z', until: '2026-01-10T04:00:00Z' };
  const asked = await backfill(made, { pipeline: 'sample', ...range, concurrency: 2 });
  const done = await until(made, asked, ({ state }) => state !== 'under way');

  expect(done).toMatchObject({ state: 'done', counts: { succeeded: 0, failed: 4 } });
  const open = `select from outbox where type ~ 'run.failed$' and done_at is null`;
  await isSo(async () => (await ledger.query(open)).rowCount === 0);
  const { rows } = await ledger.query('select subject, transition from alert_notifications');
  expect(rows).toEqual([{ subject: asked.backfill_id, transition: 'failed' }]);
});
