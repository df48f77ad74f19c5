import { declare } from '../../lib/requests/declare.ts';
import { expect } from '../setup/product.ts';
import { type Slot, statesOf, test } from './hourly.ts';
import { idle, pipelineOf } from './pipeline-of.ts';

const timesOf = (slots: readonly Slot[]) => slots.map(({ slot }) => slot.toISOString().slice(14, 16));

/** The pipeline as its file says it later. */
const fileSays = (schedule: string) => pipelineOf(idle, { schedule, timezone: 'UTC' });

test('an override takes the place of the file, with who, why and since', async ({ hourly }) => {
  const { override, shown } = await hourly();

  const answer = await override('15 * * * *', { gap: 'skip', overlap: 'both' });

  expect(answer.status).toBe(200);
  expect(await shown()).toMatchObject({
    pipeline: 'sample',
    schedule: {
      cron: '15 * * * *',
      timezone: 'UTC',
      gap: 'skip',
      overlap: 'both',
      origin: 'override',
      written_by: 'ada',
      why: 'by hand',
    },
    file: { cron: '0 * * * *', timezone: 'UTC' },
    file_changed: false,
    pause: null,
    history: [{ cron: '15 * * * *' }, { cron: '0 * * * *', closed_by: 'ada', close_why: 'by hand' }],
  });
});

test('the old schedule answers for its slots up to the change, the new one from there', async ({
  hourly,
}) => {
  const { override, later, tick, slots, ledger } = await hourly({
    misfire: { policy: 'all' },
    overlap: { slots: 'queue-all' },
  });
  await later('2 hours');

  await override('15 * * * *');
  await later('2 hours');
  await tick('schedule');

  expect(timesOf(await slots())).toEqual(['00', '00', '15', '15']);
  const { rows } = await ledger.query(
    `select bool_and(valid_from = planned_until or valid_from < planned_until) as forward,
            count(distinct coalesce(valid_until, valid_from)) as seams from schedules`,
  );
  expect(rows).toEqual([{ forward: true, seams: '1' }]);
});

test('an override at the very slot neither doubles nor loses it', async ({ hourly }) => {
  const { override, reset, later, tick, slots } = await hourly({ overlap: { slots: 'queue-all' } });
  await later('29 minutes 59 seconds');
  await tick('schedule');

  await override('0 * * * *');
  await reset();
  await override('*/30 * * * *');
  await later('1 minute');
  await tick('schedule');

  expect(timesOf(await slots())).toEqual(['00']);
});

test('a long absence of the old schedule is worked off before the new one begins', async ({ hourly }) => {
  const { override, later, tick, slots } = await hourly({
    schedule: '*/5 * * * *',
    misfire: { policy: 'none' },
  });
  await later('5 days 2 minutes');

  await override('0 * * * *');
  await tick('schedule');

  const all = await slots();
  expect(all).toHaveLength(5 * 288);
  expect(new Set(statesOf(all))).toEqual(new Set(['missed']));
});

test('an override outlives what the file declares later, and says that the file changed', async ({
  hourly,
}) => {
  const { override, shown, service } = await hourly();
  await override('15 * * * *');

  const [same, other] = [fileSays('0 * * * *'), fileSays('30 * * * *')];
  const changed = await declare(service.runlog, [same], 'local');
  const changedAgain = await declare(service.runlog, [other], 'local');

  expect([changed, changedAgain]).toEqual([[], []]);
  expect(await shown()).toMatchObject({ schedule: { cron: '15 * * * *', origin: 'override' } });
});

test('a file that changed under an override is told', async ({ hourly, product }) => {
  const { override } = await hourly();
  await override('15 * * * *');
  await override('20 * * * *');

  const { ask } = await product({ pipelines: [fileSays('30 * * * *')] });

  expect(await (await ask('/pipelines/sample/schedule')).json()).toMatchObject({
    schedule: { cron: '20 * * * *' },
    file: { cron: '30 * * * *' },
    file_changed: true,
  });
});

test('a reset puts the schedule of the file in force, as it is by now', async ({ hourly, product }) => {
  const { override } = await hourly();
  await override('15 * * * *');
  const { ask, service } = await product({ pipelines: [fileSays('30 * * * *')] });

  const answer = await ask('/pipelines/sample/schedule', {
    method: 'DELETE',
    headers: { 'content-type': 'application/json', 'x-forwarded-user': 'eve' },
    body: JSON.stringify({ why: 'done' }),
  });

  expect(await answer.json()).toMatchObject({
    schedule: { cron: '30 * * * *', origin: 'file', written_by: 'eve', why: 'done' },
    file_changed: false,
  });
  expect(await declare(service.runlog, [fileSays('30 * * * *')], 'local')).toEqual([]);
});

test('without a schedule in the file an override gives one, and a reset takes it, with who and why', async ({
  product,
}) => {
  const { ask } = await product({ pipelines: [pipelineOf(idle)] });
  const say = (method: string, body: object) =>
    ask('/pipelines/sample/schedule', {
      method,
      headers: { 'content-type': 'application/json', 'x-forwarded-user': 'ada' },
      body: JSON.stringify(body),
    });

  const given = await (
    await say('PUT', { cron: '0 3 * * *', timezone: 'Asia/Tokyo', why: 'a trial' })
  ).json();
  const taken = await (await say('DELETE', { why: 'the trial is over' })).json();

  expect(given).toMatchObject({ schedule: { timezone: 'Asia/Tokyo' }, file: null });
  expect(taken).toMatchObject({
    schedule: null,
    next_slots: [],
    history: [{ closed_by: 'ada', close_why: 'the trial is over' }],
  });
});

test('the same override again, and a reset of nothing, change nothing', async ({ hourly }) => {
  const { override, reset, shown } = await hourly();
  await reset();
  await override('15 * * * *');
  const before = await shown();

  await override('15 * * * *', { why: 'again' });

  expect(await shown()).toEqual(before);
  expect(before).toMatchObject({ history: [{}, {}] });
});

test('twenty overrides and ticks at once leave one schedule in force and no seam between any two', async ({
  hourly,
}) => {
  const { override, reset, tick, later, ledger, slots } = await hourly({ overlap: { slots: 'queue-all' } });
  await later('1 hour');

  const answers = await Promise.all(
    Array.from({ length: 20 }, (_, i) =>
      i % 5 === 0 ? reset() : i % 2 === 0 ? tick('schedule') : override(`${i} * * * *`),
    ),
  );

  expect(answers.filter(({ ok }) => !ok)).toEqual([]);
  expect(statesOf(await slots())).toEqual(['live']);
  const { rows } = await ledger.query(
    `select count(*) filter (where valid_until is null)::int as current,
            count(*) filter (where valid_until <> next)::int as seams
       from (select *, lead(valid_from) over (order by schedule_id) as next from schedules) history`,
  );
  expect(rows).toEqual([{ current: 1, seams: 0 }]);
});
