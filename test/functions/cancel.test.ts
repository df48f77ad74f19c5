import { randomUUID } from 'node:crypto';
import { describe } from 'vitest';
import { expect, test } from '../setup/product.ts';
import { control } from '../work/control.ts';
import { claimed, nothingArrives, pass } from '../work/hands-on.ts';
import { idle, pipelineOf, runOf } from '../work/pipeline-of.ts';
import { problem } from './doors.ts';

const sample = { pipelines: [pipelineOf(idle)], weather: nothingArrives };
const ada = { 'x-forwarded-user': 'ada' };

describe('POST /runs/{run_id}/cancel', () => {
  test('a request that waits is cancelled at once and never runs', async ({ product }) => {
    const made = await product(sample);
    const live = await runOf(made.trigger({ pipeline: 'sample' }));
    const waits = await runOf(made.trigger({ pipeline: 'sample' }));

    const response = await control(made, waits, 'cancel', { why: 'wrong day' }, ada);

    expect(response.status).toBe(200);
    expect(await response.json()).toMatchObject({
      status: null,
      request: { state: 'cancelled', why: 'cancelled by ada: wrong day' },
    });
    await control(made, live, 'cancel');
    expect(await made.run(waits)).toMatchObject({ status: null });
  });

  test('work that nobody has is ended at once, and what waits behind it begins', async ({
    product,
    runlog,
    connect,
  }) => {
    const made = await product(sample);
    const id = await runOf(made.trigger({ pipeline: 'sample' }));
    const next = await runOf(made.trigger({ pipeline: 'sample' }));

    const response = await control(made, id, 'cancel', { why: 'wrong day' }, ada);

    expect(response.status).toBe(200);
    expect(await response.json()).toMatchObject({
      status: 'CANCELLED',
      error_code: 'CANCELLED',
      error_message: 'cancelled by ada: wrong day',
      meta: { cancel: { at: expect.any(String), by: 'ada', why: 'wrong day' } },
      request: { state: 'ran', why: 'CANCELLED' },
      work: null,
    });
    expect(await made.run(next)).toMatchObject({ status: 'STARTED' });
    const { rows } = await (await connect(runlog)).query(
      `select subject from outbox where type = 'dev.kubescribe.run.cancelled'`,
    );
    expect(rows).toEqual([{ subject: `sample/${id}` }]);
  });

  test('a run that is worked on is flagged, once: 202 each time, the first reason stays', async ({
    product,
  }) => {
    const made = await product(sample);
    const id = await runOf(made.trigger({ pipeline: 'sample' }));
    await claimed(made.service, id);

    const first = await control(made, id, 'cancel', { why: 'wrong day' }, ada);
    const second = await control(made, id, 'cancel', { why: 'impatience' }, { 'x-forwarded-user': 'bob' });

    expect([first.status, second.status]).toEqual([202, 202]);
    const flagged = { status: 'STARTED', work: { cancel_by: 'ada', cancel_why: 'wrong day' } };
    expect(await first.json()).toMatchObject(flagged);
    expect(await second.json()).toMatchObject(flagged);
  });

  test('a run whose worker died is ended at once when its lease is over', async ({
    product,
    runlog,
    connect,
  }) => {
    const made = await product(sample);
    const id = await runOf(made.trigger({ pipeline: 'sample' }));
    await claimed(made.service, id);
    await pass(await connect(runlog), '31 seconds');

    const response = await control(made, id, 'cancel');

    expect(response.status).toBe(200);
    expect(await response.json()).toMatchObject({
      status: 'CANCELLED',
      error_message: 'cancelled by somebody by HTTP',
    });
  });

  test('asked for fifty times at once it happens once', async ({ product, runlog, connect }) => {
    const made = await product(sample);
    const id = await runOf(made.trigger({ pipeline: 'sample' }));

    const answers = await Promise.all(Array.from({ length: 50 }, () => control(made, id, 'cancel')));

    expect(new Set(answers.map(({ status }) => status)).size).toBeGreaterThan(0);
    for (const { status } of answers) expect([200, 202, 409]).toContain(status);
    expect(await made.run(id)).toMatchObject({ status: 'CANCELLED' });
    const { rows } = await (await connect(runlog)).query(
      `select from outbox where type = 'dev.kubescribe.run.cancelled'`,
    );
    expect(rows).toHaveLength(1);
  });

  test('what has ended is 409 and says how', async ({ product }) => {
    const made = await product({ pipelines: [pipelineOf(idle)] });
    const { run_id } = await made.start('sample');

    const response = await control(made, run_id, 'cancel');

    expect(response.status).toBe(409);
    expect(await problem(response)).toMatchObject({
      detail: `Run ${run_id} has ended (SUCCESS) and cannot be cancelled.`,
      run: `/runs/${run_id}`,
    });
  });

  test('what another program recorded is 409 and stays as it is', async ({ product, runlog, connect }) => {
    const made = await product(sample);
    const ledger = await connect(runlog);
    const { rows } = await ledger.query(`insert into run_log (component) values ('sample') returning run_id`);
    const { run_id } = rows[0];

    const response = await control(made, run_id, 'cancel');

    expect(response.status).toBe(409);
    expect((await problem(response)).detail).toContain('another program');
    expect(await made.run(run_id)).toMatchObject({ status: 'STARTED' });
  });

  test.for([
    ['an unknown run', randomUUID(), undefined, 404, 'There is no run'],
    ['no id', 'nonsense', undefined, 400, 'at "run_id"'],
    ['an unknown member', randomUUID(), { wy: 'x' }, 400, 'The body must be'],
    ['an empty reason', randomUUID(), { why: ' ' }, 400, 'The body must be'],
    ['a reason without end', randomUUID(), { why: 'x'.repeat(501) }, 400, 'The body must be'],
    ['broken JSON', randomUUID(), '{', 400, 'no JSON'],
  ] as const)('%s is a problem that says what to do', async ([, id, body, status, says], { product }) => {
    const response = await control(await product(sample), id, 'cancel', body);

    expect(response.status).toBe(status);
    expect((await problem(response)).detail).toContain(says);
  });

  test('no secret of a reason is kept', async ({ product }) => {
    const made = await product(sample);
    const id = await runOf(made.trigger({ pipeline: 'sample' }));

    const response = await control(made, id, 'cancel', { why: 'see postgresql://me:hunter2@db/x' });

    expect(await response.text()).not.toContain('hunter2');
  });
});
