import { randomUUID } from 'node:crypto';
import type { Client } from 'pg';
import { describe } from 'vitest';
import * as z from 'zod';
import { runIdOf } from '../../lib/requests/run-id.ts';
import { expect, test } from '../setup/product.ts';
import { control } from '../work/control.ts';
import { nothingArrives } from '../work/hands-on.ts';
import { type Context, idle, pipelineOf, runOf } from '../work/pipeline-of.ts';
import { problem } from './doors.ts';

const sample = { pipelines: [pipelineOf(idle)] };
const Page = z.looseObject({ run_id: z.string() });
const SLOT = '2026-11-20T02:00:00.000Z';

/** A request that ended without becoming a run, or a range that was read. */
const recorded = async (ledger: Client, columns: Record<string, unknown>): Promise<string> => {
  const run_id = randomUUID();
  const row = { run_id, pipeline: 'sample', kind: 'slot', trigger: 'cron', source: 'local', ...columns };
  await ledger.query(`insert into pipelines (name) values ('sample') on conflict do nothing`);
  const names = Object.keys(row);
  const places = names.map((_, i) => `$${i + 1}`);
  await ledger.query(`insert into run_requests (${names}) values (${places})`, Object.values(row));
  return run_id;
};

/** Keeps what its task was given. */
const watching = () => {
  const seen: Pick<Context, 'params' | 'slot' | 'range'>[] = [];
  const pipelines = [
    pipelineOf(async function* ({ params, slot, range }) {
      seen.push({ params, slot, range });
      yield {};
    }),
  ];
  return { seen, pipelines };
};

describe('POST /runs/{run_id}/replay', () => {
  test('makes a new run of the same params, which names the old one and is named by it', async ({
    product,
  }) => {
    const made = await product(sample);
    const old = await made.start('sample', { lane: 'a' });

    const response = await control(
      made,
      old.run_id,
      'replay',
      { why: 'the source was late' },
      { 'x-forwarded-user': 'ada' },
    );
    const page = Page.parse(await response.json());

    expect(response.status).toBe(202);
    expect(response.headers.get('location')).toBe(`/runs/${page.run_id}`);
    expect(page.run_id).not.toBe(old.run_id);
    expect(page.request).toMatchObject({
      kind: 'replay',
      replay_of: old.run_id,
      resumed_from: null,
      params: { lane: 'a', fail: false },
      requested_by: 'ada',
      wish_why: 'the source was late',
    });
    expect(await made.ended(page.run_id)).toMatchObject({
      status: 'SUCCESS',
      meta: { kind: 'replay', replay_of: old.run_id, why: 'the source was late' },
    });
    expect(await made.run(old.run_id)).toMatchObject({ ...old, replays: [page.run_id] });
  });

  test('takes other params, which must fit', async ({ product }) => {
    const made = await product(sample);
    const old = await made.start('sample');

    const other = await control(made, old.run_id, 'replay', { params: { lane: 'b' } });
    const wrong = await control(made, old.run_id, 'replay', { params: { lane: 3 } });

    expect(await other.json()).toMatchObject({ request: { params: { lane: 'b' } } });
    expect(wrong.status).toBe(422);
    expect(await problem(wrong)).toMatchObject({ errors: [{ pointer: '/params/lane' }] });
  });

  test.for(['missed', 'skipped', 'cancelled', 'replaced'])(
    'runs a slot that was %s by hand, and tells the task which slot it is',
    async (state, { product, runlog, connect }) => {
      const { seen, pipelines } = watching();
      const made = await product({ pipelines });
      const id = await recorded(await connect(runlog), {
        slot: SLOT,
        state,
        why: 'told',
        ended_at: new Date(),
      });

      const run = await made.ended(await runOf(control(made, id, 'replay')));

      expect(run).toMatchObject({ status: 'SUCCESS', meta: { slot: SLOT, replay_of: id } });
      expect(seen).toEqual([{ params: { lane: '', fail: false }, slot: new Date(SLOT), range: undefined }]);
    },
  );

  test('reads the range again that the old run read, in a scope of its own', async ({
    product,
    runlog,
    connect,
  }) => {
    const { seen, pipelines } = watching();
    const made = await product({ pipelines });
    const ledger = await connect(runlog);
    const [from, until] = [new Date(SLOT), new Date('2026-11-21T02:00:00Z')];
    const range = { range_from: from, range_until: until, slot: SLOT, lane: 'backfill x' };
    const id = await recorded(ledger, { ...range, kind: 'backfill', state: 'ran', why: 'SUCCESS' });
    await ledger.query(`create table scopes as select run_id, scope from run_work where false;
      create function note() returns trigger language plpgsql security definer as $$
        begin insert into scopes values (new.run_id, new.scope); return new; end $$;
      create trigger note after insert on run_work for each row execute function note()`);

    const again = await runOf(control(made, id, 'replay'));
    await made.ended(again);

    expect(seen).toMatchObject([{ slot: from, range: { from, until } }]);
    expect(await made.run(again)).toMatchObject({ request: { kind: 'replay', lane: 'backfill x' } });
    expect((await ledger.query('select * from scopes')).rows).toEqual([
      { run_id: again, scope: `run:${again}` },
    ]);
  });

  test('waits, or is skipped, as a wish of people', async ({ product }) => {
    const skips = pipelineOf(idle, { overlap: { people: 'skip' } });
    const made = await product({ pipelines: [skips], weather: nothingArrives });
    const old = await runOf(made.trigger({ pipeline: 'sample' }));
    await control(made, old, 'cancel');
    const live = await runOf(made.trigger({ pipeline: 'sample' }));

    const response = await control(made, old, 'replay');

    expect(response.status).toBe(409);
    expect(await problem(response)).toMatchObject({ title: 'Run skipped', live_run: `/runs/${live}` });
  });

  test('gives way to a newer wish of people, as theirs do to it', async ({ product }) => {
    const queues = pipelineOf(idle, { overlap: { people: 'queue' } });
    const made = await product({ pipelines: [queues], weather: nothingArrives });
    const old = await runOf(made.trigger({ pipeline: 'sample' }));
    await control(made, old, 'cancel');
    await runOf(made.trigger({ pipeline: 'sample' }));
    const first = await runOf(made.trigger({ pipeline: 'sample' }));

    const second = await runOf(control(made, old, 'replay'));
    const third = await runOf(made.trigger({ pipeline: 'sample' }));

    for (const id of [first, second])
      expect(await made.run(id)).toMatchObject({ request: { state: 'replaced' } });
    expect(await made.run(third)).toMatchObject({ request: { state: 'waiting' } });
  });

  test('the same Idempotency-Key is the same run, whose id the key tells; another wish is 422', async ({
    product,
  }) => {
    const made = await product(sample);
    const old = await made.start('sample');
    const other = await made.start('sample');
    const key = { 'idempotency-key': 'k1' };

    const answers = await Promise.all(
      Array.from({ length: 10 }, () => control(made, old.run_id, 'replay', { why: 'again' }, key)),
    );
    const refused = [
      await control(made, old.run_id, 'replay', { why: 'else' }, key),
      await control(made, old.run_id, 'replay', { why: 'again', params: { lane: 'b' } }, key),
      await control(made, other.run_id, 'replay', { why: 'again' }, key),
      await made.trigger({ pipeline: 'sample' }, key),
    ];

    expect(answers.map(({ status }) => status)).toEqual(Array(10).fill(202));
    expect(new Set(await Promise.all(answers.map(runOf)))).toEqual(new Set([runIdOf('replay', 'k1')]));
    expect(refused.map(({ status }) => status)).toEqual([422, 422, 422, 422]);
    expect(await made.run(old.run_id)).toMatchObject({ replays: [runIdOf('replay', 'k1')] });
  });

  test('of what has not ended is 409 and names it', async ({ product }) => {
    const made = await product({ ...sample, weather: nothingArrives });
    const live = await runOf(made.trigger({ pipeline: 'sample' }));
    const waits = await runOf(made.trigger({ pipeline: 'sample' }));

    for (const [id, says] of [
      [live, 'still live'],
      [waits, 'still waits'],
    ] as const) {
      const response = await control(made, id, 'replay');
      expect(response.status).toBe(409);
      expect(await problem(response)).toMatchObject({
        detail: expect.stringContaining(says),
        run: `/runs/${id}`,
      });
    }
  });

  test('of what another program recorded, of no file, of nothing', async ({ product, runlog, connect }) => {
    const made = await product(sample);
    const ledger = await connect(runlog);
    const { rows } = await ledger.query(
      `insert into run_log (component, status) values ('x', 'ERROR') returning run_id`,
    );
    await ledger.query(`insert into pipelines (name) values ('gone')`);
    const gone = await recorded(ledger, { pipeline: 'gone', slot: SLOT, state: 'missed' });

    const answers = [];
    for (const id of [rows[0].run_id, gone, randomUUID(), 'nonsense'])
      answers.push(await control(made, id, 'replay'));

    expect(answers.map(({ status }) => status)).toEqual([409, 409, 404, 400]);
    expect((await problem(answers[1]!)).detail).toContain('"gone"');
  });
});
