import * as z from 'zod';
import { standStill } from '../setup/clock.ts';
import { expect } from '../setup/product.ts';
import { nothingArrives } from './hands-on.ts';
import { statesOf, test } from './hourly.ts';
import { runOf } from './pipeline-of.ts';

const PAUSED = 'paused by ada: the source moves';

test('while a pause is open its slots are skipped, with who paused and why', async ({ hourly }) => {
  const { pause, later, tick, slots } = await hourly();
  await pause();

  for (const _ of [1, 2]) {
    await later('1 hour');
    await tick('schedule');
  }

  expect(await slots()).toMatchObject([
    { state: 'skipped', why: PAUSED },
    { state: 'skipped', why: PAUSED },
  ]);
});

test('a pause is no miss: nothing is told as missed, and no run begins', async ({ hourly }) => {
  const { pause, later, tick, ledger } = await hourly();
  await pause();

  await later('5 hours');
  await tick('minute');

  const { rows } = await ledger.query(`select from outbox where type ~ 'missed|requested'`);
  expect(rows).toHaveLength(0);
});

test('after the resume slots run again', async ({ hourly }) => {
  const { pause, resume, later, tick, slots } = await hourly();
  await pause();
  await later('1 hour');
  await resume();
  await later('1 hour');

  await tick('schedule');

  expect(statesOf(await slots())).toEqual(['skipped', 'live']);
});

test('slots of a pause that is long over are skipped by whoever plans them first', async ({ hourly }) => {
  const { pause, resume, later, tick, slots } = await hourly({
    misfire: { policy: 'all' },
    overlap: { slots: 'queue-all' },
  });
  await later('1 hour');
  await pause();
  await later('2 hours');
  await resume();
  await later('2 hours');

  await tick('schedule');

  expect(statesOf(await slots())).toEqual(['live', 'skipped', 'skipped', 'waiting', 'waiting']);
});

test('a pause hides no slot that was missed before it and after it', async ({ hourly }) => {
  const { pause, resume, later, tick, slots } = await hourly({ misfire: { policy: 'none' } });
  await later('1 hour');
  await pause();
  await later('1 hour');
  await resume();
  await later('1 hour');

  await tick('minute');

  expect(statesOf(await slots())).toEqual(['missed', 'skipped', 'missed']);
});

test('a slot that was due before the pause and has not begun is skipped too', async ({ hourly }) => {
  const { pause, later, tick, slots } = await hourly();
  await later('1 hour');
  await pause();

  await tick('schedule');

  expect(await slots()).toMatchObject([{ state: 'skipped', why: PAUSED }]);
});

test('slots that wait when the pause begins are skipped; the live run and the people wait on', async ({
  hourly,
}) => {
  const { pause, later, tick, slots, trigger, run } = await hourly({ overlap: { slots: 'queue-all' } });
  await later('1 hour');
  await tick('schedule');
  const person = await runOf(trigger({ pipeline: 'sample' }));
  await later('1 hour');
  await tick('schedule');
  expect(statesOf(await slots())).toEqual(['live', 'waiting']);

  await pause();
  await tick('schedule');

  expect(await slots()).toMatchObject([{ state: 'live' }, { state: 'skipped', why: PAUSED }]);
  expect(await run(person)).toMatchObject({ request: { state: 'waiting' } });
});

test('what people ask for runs while the schedule is paused', async ({ hourly }) => {
  const { pause, start, ledger } = await hourly({ sent: true });
  await pause();

  const { status } = await start('sample');

  expect(status).toBe('SUCCESS');
  const { rows } = await ledger.query('select from pauses where resumed_at is null');
  expect(rows).toHaveLength(1);
});

test('the second before the resume is paused, the instant of the resume is not', async ({ hourly }) => {
  const { pause, resume, toSlot, tick, slots, ledger } = await hourly();
  await standStill(ledger);
  await pause();
  // A tick may come two seconds before its slot: what is paused now may be resumed by then.
  await toSlot('-1 second');

  await tick('schedule');
  const early = await slots();
  await resume();
  await tick('schedule');

  expect(early).toEqual([]);
  expect(statesOf(await slots())).toEqual(['live']);
});

test('pausing twice is one pause, resuming twice one resume', async ({ hourly }) => {
  const { pause, resume } = await hourly();
  const Answer = z.object({ paused: z.boolean(), changed: z.boolean(), pause: z.looseObject({}).nullable() });
  const read = async (response: Response) => Answer.parse(await response.json());

  const [first, second] = [await read(await pause()), await read(await pause('another reason'))];
  const [third, fourth] = [await read(await resume()), await read(await resume())];

  expect([first.changed, second.changed, third.changed, fourth.changed]).toEqual([true, false, true, false]);
  expect(second.pause).toEqual(first.pause);
  expect(second.pause).toMatchObject({ why: 'the source moves', paused_by: 'ada', automatic: false });
  expect(third.pause).toMatchObject({ resumed_by: 'ada', resume_why: null });
  expect(fourth).toMatchObject({ paused: false, pause: null });
});

test('twenty pauses at once are one', async ({ hourly }) => {
  const { pause, ledger } = await hourly();

  const answers = await Promise.all(Array.from({ length: 20 }, () => pause()));

  expect(answers.map(({ status }) => status)).toEqual(Array(20).fill(200));
  const { rows } = await ledger.query(
    `select (select count(*)::int from pauses) as pauses,
            (select count(*)::int from outbox where type ~ 'pipeline.paused') as told`,
  );
  expect(rows).toEqual([{ pauses: 1, told: 1 }]);
});

test('a pause and ticks at once: the slot that is due begins or is skipped, once', async ({ hourly }) => {
  const { pause, resume, later, tick, slots } = await hourly({ overlap: { slots: 'queue-all' } });
  for (let round = 0; round < 5; round++) {
    await later('1 hour');
    const answers = await Promise.all(
      Array.from({ length: 20 }, (_, i) =>
        i % 4 === 0 ? pause() : tick(i % 4 === 1 ? 'minute' : 'schedule'),
      ),
    );
    expect(answers.filter(({ ok }) => !ok)).toEqual([]);
    await resume();
  }

  const all = await slots();
  expect(all).toHaveLength(5);
  expect(statesOf(all).filter((state) => !/^(live|ran|skipped)$/.test(state))).toEqual([]);
});

test('a resume and ticks at once: the slot of the pause is skipped, whoever comes first', async ({
  hourly,
}) => {
  const { pause, resume, later, tick, slots } = await hourly();
  for (let round = 0; round < 5; round++) {
    await pause();
    await later('1 hour');
    await Promise.all(Array.from({ length: 20 }, (_, i) => (i % 5 === 0 ? resume() : tick('schedule'))));
  }

  expect(statesOf(await slots())).toEqual(Array(5).fill('skipped'));
});

test('a pause of a thousand slots that nobody planned hides none of the few around it', async ({
  hourly,
}) => {
  const { pause, resume, later, tick, slots } = await hourly({
    schedule: '*/5 * * * *',
    misfire: { policy: 'all', maxSlots: 10, maxAge: 30 * 86_400_000 },
    overlap: { slots: 'queue-all' },
  });
  await later('5 minutes');
  await pause();
  await later('4 days');
  await resume();
  await later('10 minutes');

  await tick('schedule');

  const all = await slots();
  expect(all).toHaveLength(1 + 4 * 288 + 2);
  expect(statesOf(all.filter(({ state }) => state !== 'skipped'))).toEqual(['live', 'waiting', 'waiting']);
  expect(all[0]).toMatchObject({ state: 'live' });
});

test('a pipeline whose file is gone can be paused: its schedule goes on, and alarms nobody any more', async ({
  hourly,
  product,
}) => {
  const { later, slots, ledger } = await hourly();
  const { ask, tick } = await product({ pipelines: [], weather: nothingArrives });

  const answer = await ask('/pipelines/sample/pause', {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'x-forwarded-user': 'ada' },
    body: JSON.stringify({ why: 'the source moves' }),
  });
  await later('3 hours');
  await tick('minute');

  expect(answer.status).toBe(200);
  expect((await slots()).slice(0, 2)).toMatchObject([
    { state: 'skipped', why: PAUSED },
    { state: 'skipped', why: PAUSED },
  ]);
  const { rows } = await ledger.query(`select from outbox where type ~ 'missed'`);
  expect(rows).toHaveLength(0);
});
