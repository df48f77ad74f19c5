import { randomUUID } from 'node:crypto';
import { sql } from 'kysely';
import type { Client } from 'pg';
import { commit } from '../../lib/boundary.ts';
import type { Db } from '../../lib/db/connect.ts';
import { expireAndAdmit } from '../../lib/requests/admit.ts';
import { lockPipeline } from '../../lib/requests/pipeline-lock.ts';
import { endRun, takeForEnd } from '../../lib/work/end.ts';
import { test as base, expect, type Product } from '../setup/product.ts';
import { nothingArrives } from './hands-on.ts';
import { idle, pipelineOf, runOf } from './pipeline-of.ts';

type Enter = (slots: number, concurrency: number) => Promise<string>;

/** A pipeline nothing of which runs by itself, and a way to enter backfills of it. */
const test = base.extend('ground', async ({ product, runlog, connect }) => {
  const ledger = await connect(runlog);
  const made = await product({ pipelines: [pipelineOf(idle)], weather: nothingArrives });
  await ledger.query(`insert into pipelines (name) values ('sample')`);
  const enter: Enter = async (slots, concurrency) => {
    const id = randomUUID();
    await enterBackfill(ledger, id, slots, concurrency);
    return id;
  };
  return { ...made, ledger, enter, admit: () => admit(made.service.runlog) };
});

const admit = (db: Db) =>
  commit('plan', db, async (tx) => {
    await lockPipeline(tx, 'sample');
    return expireAndAdmit(tx, 'sample');
  });

async function enterBackfill(ledger: Client, id: string, slots: number, concurrency: number): Promise<void> {
  await ledger.query(
    `insert into backfills (backfill_id, pipeline, range_from, range_until, reprocess, concurrency, slots)
     values ($1, 'sample', '2026-01-01', '2026-02-01', 'all', $2, $3)`,
    [id, concurrency, slots],
  );
  await ledger.query(
    `insert into run_requests (run_id, pipeline, kind, lane, slot, range_from, range_until, backfill_id, trigger, source)
     select gen_random_uuid(), 'sample', 'backfill', 'backfill:' || $1 || ':' || n,
            '2026-01-01'::timestamptz + n * interval '1 minute', '2026-01-01', '2026-01-02', $1::uuid, 'api', 'local'
       from generate_series(1, $2::int) n order by n`,
    [id, slots],
  );
}

const LIVE = `select slot::text from run_requests where backfill_id = $1 and state = 'live' order by slot`;

/** Ends live runs of a backfill as their workers would, from the oldest on. */
async function end({ service }: Product, ledger: Client, id: string): Promise<void> {
  const { rows } = await ledger.query(
    `select run_id from run_requests where backfill_id = $1 and state = 'live' order by ordinal limit 1`,
    [id],
  );
  await ledger.query('update run_work set cancel_at = clock() where run_id = $1', [rows[0].run_id]);
  const work = await commit('take', service.runlog, (tx) => takeForEnd(tx, rows[0].run_id));
  await commit('end', service.runlog, (tx) => endRun(tx, work!, { status: 'SUCCESS' }));
}

test('a backfill has as many runs live as its concurrency, in its order, each in a scope of its own', async ({
  ground,
}) => {
  const { enter, admit, ledger } = ground;
  const id = await enter(5, 2);

  await admit();
  await admit();

  expect((await ledger.query(LIVE, [id])).rows).toEqual([
    { slot: '2026-01-01 00:01:00+00' },
    { slot: '2026-01-01 00:02:00+00' },
  ]);
  const { rows } = await ledger.query(`select scope = 'run:' || run_id as own from run_work`);
  expect(rows).toEqual([{ own: true }, { own: true }]);
});

test('backfills go on side by side, each by its own concurrency', async ({ ground }) => {
  const { enter, admit, ledger } = ground;
  const [one, two] = [await enter(5, 1), await enter(5, 3)];

  await admit();

  expect((await ledger.query(LIVE, [one])).rows).toHaveLength(1);
  expect((await ledger.query(LIVE, [two])).rows).toHaveLength(3);
});

test('the end of a run admits the next of its backfill; the last end is the end of the backfill', async ({
  ground,
}) => {
  const { enter, admit, ledger } = ground;
  const id = await enter(2, 1);
  const ended = async () =>
    (await ledger.query('select ended_at is not null as ended from backfills')).rows[0].ended;
  await admit();

  await end(ground, ledger, id);
  expect((await ledger.query(LIVE, [id])).rows).toEqual([{ slot: '2026-01-01 00:02:00+00' }]);
  expect(await ended()).toBe(false);
  await end(ground, ledger, id);

  expect((await ledger.query(LIVE, [id])).rows).toEqual([]);
  expect(await ended()).toBe(true);
});

test('what people ask for is admitted at once beside a backfill at its limit, and waits for no slot of it', async ({
  ground,
}) => {
  const { enter, admit, trigger, run } = ground;
  await enter(200, 4);
  await admit();

  const id = await runOf(trigger({ pipeline: 'sample' }));

  expect(await run(id)).toMatchObject({ status: 'STARTED', request: { state: 'live', kind: 'person' } });
});

test("a person's lane that is called like a slot of a backfill goes before it, and harms nobody", async ({
  ground,
}) => {
  const { enter, admit, ledger } = ground;
  const id = await enter(2, 2);
  await ledger.query(
    `insert into run_requests (run_id, pipeline, kind, lane, trigger, source)
     values (gen_random_uuid(), 'sample', 'person', 'backfill:' || $1 || ':1', 'api', 'local')`,
    [id],
  );

  await admit();
  await admit();

  const { rows } = await ledger.query('select kind, state from run_requests order by ordinal');
  expect(rows).toEqual([
    { kind: 'backfill', state: 'waiting' },
    { kind: 'backfill', state: 'live' },
    { kind: 'person', state: 'live' },
  ]);
});

test('admission reads a handful of requests, with 10,000 slots waiting as with 10', async ({ ground }) => {
  const { enter, ledger, service } = ground;
  const cost = () =>
    commit('plan', service.runlog, async (tx) => {
      await lockPipeline(tx, 'sample');
      const admitted = await expireAndAdmit(tx, 'sample');
      const { rows } = await sql<{ read: number }>`
        select seq_tup_read + idx_tup_fetch as read from pg_stat_xact_user_tables where relname = 'run_requests'
      `.execute(tx);
      return { admitted: admitted.length, read: rows[0]!.read };
    });
  const few = await enter(10, 1);
  const small = await cost();
  await ledger.query('update backfills set ended_at = clock() where backfill_id = $1', [few]);

  await enter(10_000, 1);
  await ledger.query('analyze run_requests');
  const large = await cost();

  expect([small.admitted, large.admitted]).toEqual([1, 1]);
  expect(large.read).toBeLessThan(small.read + 20);
});
