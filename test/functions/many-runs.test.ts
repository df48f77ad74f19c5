import { sql } from 'kysely';
import { describe, onTestFinished } from 'vitest';
import * as z from 'zod';
import { onBoundary } from '../../lib/boundary.ts';
import { replayRuns } from '../../lib/contract/many-runs.ts';
import { pipeline } from '../../lib/pipeline/define.ts';
import { task } from '../../lib/pipeline/task.ts';
import { expect, type Product, test } from '../setup/product.ts';
import { nothingArrives } from '../work/hands-on.ts';
import { problem } from './doors.ts';

const failing = (name: string, params: z.ZodType = z.object({})) =>
  pipeline(name, {
    params: z.object({ limit: z.unknown().optional() }).and(params) as never,
    retry: { attempts: 1 },
    tasks: [
      task('broken', async function* () {
        yield {};
        throw new Error('it is broken');
      }),
    ],
  });

const Told = replayRuns.answers[200].body;
const all = { dry_run: true, filter: {} };
const why = 'it is mended';

const post = ({ ask }: Pick<Product, 'ask'>, path: string, body: object, headers = {}) =>
  ask(path, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: JSON.stringify(body),
  });
const told = async (answer: Response) => {
  expect(answer.status, await answer.clone().text()).toBe(200);
  return Told.parse(await answer.json());
};
const requests = ({ service }: Pick<Product, 'service'>) =>
  service.runlog.selectFrom('run_requests').select(['run_id', 'state', 'replay_of']).execute();

describe('POST /runs/replay', () => {
  test('tells first which runs it would be about, and then does it to just as many, each once a key', async ({
    product,
  }) => {
    const made = await product({ pipelines: [failing('one'), failing('two')] });
    const old = [await made.start('one'), await made.start('two'), await made.start('one')];
    const wish = { filter: { component: 'one' }, expect: 2, why };
    const key = { 'idempotency-key': 'bulk-1', 'x-forwarded-user': 'ada' };

    const dry = await told(await post(made, '/runs/replay', { ...wish, dry_run: true }));
    const done = await post(made, '/runs/replay', wish, key);
    const text = await done.clone().text();
    const again = await post(made, '/runs/replay', wish, key);

    expect(dry).toMatchObject({ bulk_id: null, count: 2, runs: [{ fate: 'matched' }, { fate: 'matched' }] });
    expect(await told(done)).toMatchObject({
      count: 2,
      left: 0,
      runs: [old[0], old[2]].map((run) => ({ run_id: run?.run_id, component: 'one', fate: 'asked' })),
    });
    expect(await again.text()).toBe(text);
    expect(again.headers.get('idempotent-replayed')).toBe('true');
    expect((await requests(made)).filter(({ replay_of }) => replay_of)).toHaveLength(2);
    const { rows } = await audited(made);
    expect(rows).toMatchObject([
      { action: 'runs.replay', actor: 'ada', why, details: { count: 2, filter: { component: 'one' } } },
      { action: 'run.replay', details: { again: old[0]?.run_id } },
      { action: 'run.replay', details: { again: old[2]?.run_id } },
    ]);
  });

  test('goes on with the same runs after it broke off, whatever ended meanwhile', async ({ product }) => {
    const made = await product({ pipelines: [failing('one')] });
    await made.start('one');
    await made.start('one');
    const wish = { filter: {}, expect: 2, why };
    const key = { 'idempotency-key': 'bulk-1' };
    const first = await told(await post(made, '/runs/replay', wish, key));
    const { runlog } = made.service;
    await runlog.updateTable('first_answers').set({ status: null, body: null }).execute();
    await made.start('one');

    const second = await told(await post(made, '/runs/replay', wish, key));

    expect(second).toEqual(first);
    expect((await requests(made)).filter(({ replay_of }) => replay_of)).toHaveLength(2);
  });

  test('twice at once with one key asks for each run once', async ({ product }) => {
    const made = await product({ pipelines: [failing('one')] });
    for (let i = 0; i < 3; i++) await made.start('one');
    const wish = { filter: { status: 'ERROR,TIMEOUT' }, expect: 3, why };

    const answers = await Promise.all(
      Array.from({ length: 5 }, () => post(made, '/runs/replay', wish, { 'idempotency-key': 'k' })),
    );

    expect(answers.map(({ status }) => status)).toEqual(Array(5).fill(200));
    expect((await requests(made)).filter(({ replay_of }) => replay_of)).toHaveLength(3);
    expect((await audited(made)).rows.filter(({ action }) => action === 'runs.replay')).toHaveLength(1);
  });

  test('tells of those that cannot be done again, and does the others', async ({ product }) => {
    const pipelines = [failing('one'), failing('strict')];
    const made = await product({ pipelines });
    const strict = await made.start('strict', { limit: 'many' });
    const good = await made.start('one');
    pipelines[1] = failing('strict', z.object({ limit: z.int().optional() }));

    const { runs } = await told(await post(made, '/runs/replay', { filter: {}, expect: 2, why }));

    expect(runs).toMatchObject([
      { run_id: strict.run_id, fate: 'refused', why: 'The params do not fit "strict".' },
      { run_id: good.run_id, fate: 'asked' },
    ]);
  });

  test('is refused when others are meant than were seen, without count or reason, and above a thousand', async ({
    product,
  }) => {
    const made = await product({ pipelines: [failing('one')] });
    await made.start('one');
    const bare = await post(made, '/runs/replay', { filter: {} });
    const other = await post(made, '/runs/replay', { filter: {}, expect: 2, why });
    const unknown = await post(made, '/runs/replay', { ...all, filter: { colour: 'red' } });
    const live = await post(made, '/runs/replay', { ...all, filter: { status: 'STARTED' } });
    await manyEnded(made, 1001);
    const many = await post(made, '/runs/replay', all);

    expect(await problem(bare)).toMatchObject({
      status: 400,
      errors: [{ pointer: '/expect' }, { pointer: '/why' }],
    });
    expect(await problem(other)).toMatchObject({ status: 409, title: 'Other runs than expected' });
    expect([unknown.status, live.status]).toEqual([400, 400]);
    expect(await problem(many)).toMatchObject({ status: 422, title: 'Too many runs' });
    expect((await requests(made)).filter(({ replay_of }) => replay_of)).toEqual([]);
  });
});

describe('POST /runs/cancel', () => {
  test('admits what may begin once for each pipeline, after all that was cancelled', async ({ product }) => {
    const made = await product({ pipelines: [failing('one'), failing('two')], weather: nothingArrives });
    for (const name of ['one', 'two']) for (let i = 0; i < 6; i++) await made.trigger({ pipeline: name });
    const { runlog } = made.service;
    const live = await runlog
      .selectFrom('run_requests')
      .select('run_id')
      .where('state', '=', 'live')
      .execute();
    // What frees the lanes without admitting, as the death of who would have admitted does.
    await sql`delete from run_work; update run_requests set state = 'ran', ended_at = clock() where state = 'live'`.execute(
      runlog,
    );
    const passed: string[] = [];
    onBoundary(
      (name, moment) => void (moment === 'after' && /^(cancel|admit)/.test(name) && passed.push(name)),
    );
    onTestFinished(() => onBoundary(undefined));

    const filter = { component: 'one' };
    const dry = await told(await post(made, '/runs/cancel', { filter, dry_run: true }));
    const done = await told(await post(made, '/runs/cancel', { filter, expect: dry.count, why }));

    expect(done.runs.filter(({ fate }) => fate === 'ended')).toHaveLength(5);
    expect(passed).toEqual([...Array(dry.count).fill('cancel'), 'admit-after-cancel']);
    const { rows } = await sql<{ pipeline: string; state: string }>`
      select distinct pipeline, state from run_requests where run_id <> all (${live.map(({ run_id }) => run_id)}) order by 1, 2`.execute(
      runlog,
    );
    expect(rows).toEqual([
      { pipeline: 'one', state: 'cancelled' },
      { pipeline: 'two', state: 'waiting' },
    ]);
  });

  test('ends what lives and what waits, and nothing takes the place of what was cancelled', async ({
    product,
  }) => {
    const made = await product({ pipelines: [failing('one'), failing('two')], weather: nothingArrives });
    for (const name of ['one', 'one', 'one', 'two']) await made.trigger({ pipeline: name });
    const wish = { filter: { component: 'one' } };

    const dry = await told(await post(made, '/runs/cancel', { ...wish, dry_run: true }));
    const done = await told(await post(made, '/runs/cancel', { ...wish, expect: dry.count, why }));

    expect(dry.count).toBe(3);
    expect(done.runs.map(({ fate }) => fate)).toEqual(['ended', 'ended', 'ended']);
    const states = (await requests(made)).map(({ state }) => state).sort();
    expect(states).toEqual(['cancelled', 'cancelled', 'live', 'ran']);
    const { rows } = await audited(made);
    expect(rows.map(({ action }) => action)).toEqual(['runs.cancel', ...Array(3).fill('run.cancel')]);
    expect(rows[1]).toMatchObject({ details: { bulk: done.bulk_id } });
  });

  test('meets runs that end by themselves meanwhile, and tells which had', async ({ product }) => {
    const made = await product({ pipelines: [failing('one')], weather: nothingArrives });
    for (let i = 0; i < 20; i++) await made.trigger({ pipeline: 'one' });
    const { runs } = await told(await post(made, '/runs/cancel', { ...all }));
    // Were one to end before they are counted, others would be meant than were seen.
    const counted = Promise.withResolvers<void>();
    onBoundary((name, moment) => void (name === 'bulk' && moment === 'after' && counted.resolve()));
    onTestFinished(() => onBoundary(undefined));

    const [done] = await Promise.all([
      post(made, '/runs/cancel', { filter: {}, expect: 20, why }).finally(counted.resolve),
      ...runs.map(async ({ run_id }) => {
        await counted.promise;
        return post(made, `/runs/${run_id}/cancel`, {});
      }),
    ]);

    const fates = new Set((await told(done!)).runs.map(({ fate }) => fate));
    for (const fate of fates) expect(['ended', 'being-ended', 'over']).toContain(fate);
    await made.tick('minute');
    expect((await requests(made)).filter(({ state }) => state === 'live' || state === 'waiting')).toEqual([]);
  });
});

/** Bulks, and what they did to each run. */
async function audited({ service }: Pick<Product, 'service'>) {
  const rows = await service.runlog
    .selectFrom('audit')
    .select(['action', 'actor', 'why', 'details'])
    .where('action', 'in', ['runs.replay', 'runs.cancel', 'run.replay', 'run.cancel'])
    .orderBy('audit_id')
    .execute();
  return { rows };
}

async function manyEnded({ service }: Pick<Product, 'service'>, count: number): Promise<void> {
  const { runlog } = service;
  const ids = Array.from({ length: count }, () => crypto.randomUUID());
  await runlog
    .insertInto('run_requests')
    .values(
      ids.map((run_id) => ({
        run_id,
        pipeline: 'one',
        kind: 'person',
        trigger: 'api',
        source: 'ci',
        state: 'ran',
      })),
    )
    .execute();
  await runlog
    .insertInto('run_log')
    .values(ids.map((run_id) => ({ run_id, component: 'one', status: 'ERROR' })))
    .execute();
}
