import { declare } from '../../lib/requests/declare.ts';
import type { MisfirePolicy } from '../../lib/schedule/misfire.ts';
import { standStill } from '../setup/clock.ts';
import { expect } from '../setup/product.ts';
import { nothingArrives, pass } from './hands-on.ts';
import { statesOf, test } from './hourly.ts';
import { idle, pipelineOf } from './pipeline-of.ts';

const HOUR = 3600_000;

const queue = { overlap: { slots: 'queue-all' as const } };

test.for<[string, Partial<MisfirePolicy>, string[], whyMissed?: string]>([
  ['none: nothing', { policy: 'none' }, ['missed', 'missed', 'missed'], 'misfire: none'],
  ['last: the last', { policy: 'last' }, ['missed', 'missed', 'live'], 'misfire: last'],
  ['all: every one, the oldest first', { policy: 'all' }, ['live', 'waiting', 'waiting']],
  [
    'all, but one: the newest',
    { policy: 'all', maxSlots: 1 },
    ['missed', 'missed', 'live'],
    'more than 1 slots were due',
  ],
  [
    'all, but none older than two hours: the newer two',
    { policy: 'all', maxAge: 2 * HOUR },
    ['missed', 'live', 'waiting'],
    'older than 120 minutes',
  ],
])(
  'misfire %s is asked for of three slots that no tick came for',
  async ([, misfire, states, why], { hourly }) => {
    const { tick, later, slots } = await hourly({ ...queue, misfire });
    await later('3 hours');

    await tick('schedule');

    const planned = await slots();
    expect(statesOf(planned)).toEqual(states);
    for (const slot of planned) if (slot.state === 'missed') expect(slot.why).toContain(why);
  },
);

test.for(['none', 'last', 'all'] as const)(
  'misfire %s: a slot on time is asked for',
  async (policy, { hourly }) => {
    const { tick, slots, toSlot } = await hourly({ ...queue, misfire: { policy } });

    await toSlot('20 seconds');
    await tick('schedule');

    expect(statesOf(await slots())).toEqual(['live']);
  },
);

test('a slot is planned 2 s early, not sooner, and no second time at its instant', async ({ hourly }) => {
  const { tick, later, slots, toSlot, ledger } = await hourly();
  const counts: number[] = [];
  await standStill(ledger);

  await toSlot('-2.1 seconds');
  for (const wait of ['0 seconds', '0.2 seconds', '3 seconds']) {
    await later(wait);
    await tick('schedule');
    counts.push((await slots()).length);
  }

  expect(counts).toEqual([0, 1, 1]);
});

test('a slot that an older version asked for, by an id of its own, is asked for no second time', async ({
  hourly,
}) => {
  const { tick, ledger, slots, toSlot } = await hourly();
  await ledger.query(
    `insert into run_requests (run_id, pipeline, kind, slot, state, trigger, source)
     values (gen_random_uuid(), 'sample', 'slot', date_trunc('hour', clock()) + interval '1 hour', 'skipped', 'cron', 'k8s')`,
  );

  await toSlot('20 seconds');
  await tick('schedule');

  expect(statesOf(await slots())).toEqual(['skipped']);
});

test.for<[string, boolean]>([
  ['20 seconds', false],
  ['61 seconds', true],
])('a slot that begins %s after its instant is late: %s', async ([by, late], { hourly }) => {
  const { tick, ledger, toSlot } = await hourly();

  await toSlot(by);
  await tick('minute');

  const { rows } = await ledger.query(
    `select late, meta -> 'late' as told from run_requests join run_log using (run_id)`,
  );
  expect(rows).toEqual([{ late, told: late || null }]);
});

test('a missed slot is told once, and all of a gap name its first', async ({ hourly }) => {
  const { tick, later, ledger } = await hourly();
  await later('4 hours');

  await tick('schedule');
  await tick('minute');

  const { rows } = await ledger.query(
    `select count(*)::int as told, count(distinct data ->> 'gap')::int as gaps from outbox where type ~ 'slot.missed$'`,
  );
  expect(rows).toEqual([{ told: 3, gaps: 1 }]);
});

test('a slot is planned once, however often and at once the ticks come', async ({ hourly }) => {
  const { tick, later, slots, ledger } = await hourly({ ...queue, misfire: { policy: 'all' } });
  await later('2 hours');

  const answers = await Promise.all(
    Array.from({ length: 8 }, (_, i) => tick(i % 2 === 0 ? 'schedule' : 'minute')),
  );
  expect(answers.map((answer) => answer.status)).toEqual(answers.map(() => 204));
  await tick('schedule');

  expect(statesOf(await slots())).toEqual(['live', 'waiting']);
  expect((await ledger.query('select from run_log')).rows).toHaveLength(1);
});

test('slots keep to the rule for changes of clocks that RunLog has', async ({ hourly }) => {
  const { tick, ledger } = await hourly({
    schedule: '30 2 * * *',
    timezone: 'Europe/Berlin',
    clockChanges: { gap: 'skip', overlap: 'both' },
    misfire: { policy: 'none' },
  });
  const { rows: declared } = await ledger.query('select gap, overlap from schedules');
  await ledger.query(`update schedules set planned_until = '2026-03-28T12:00Z'`);
  await ledger.query(`update clock_shift set shift = '2026-03-31T12:00Z'::timestamptz - clock_timestamp()`);

  await tick('schedule');

  const { rows } = await ledger.query(
    `select to_char(slot, 'DD HH24:MI') as at from run_requests where slot < '2026-04-01' order by slot`,
  );
  expect(declared).toEqual([{ gap: 'skip', overlap: 'both' }]);
  expect(rows.map(({ at }) => at)).toEqual(['30 00:30', '31 00:30']);
});

test('a pipeline that cannot be planned does not keep the others from it', async ({
  product,
  connect,
  runlog,
}) => {
  const ledger = await connect(runlog);
  const schedule = { schedule: '0 * * * *', timezone: 'UTC' };
  const key = () => {
    throw new Error('no lane');
  };
  const good = pipelineOf(idle, schedule);
  const bad = { ...good, name: 'bad', key };
  const { service, tick } = await product({ pipelines: [bad, good], weather: nothingArrives });
  // At half past an hour no slot is near.
  await pass(ledger, `${1.5 * HOUR - (Date.now() % HOUR)} milliseconds`);
  await declare(service.runlog, [bad, good], 'local');
  await pass(ledger, '1 hour');

  const answer = await tick('minute');

  const { rows } = await ledger.query('select pipeline, state from run_requests');
  expect(answer.status).toBe(204);
  expect(rows).toEqual([{ pipeline: 'sample', state: expect.stringMatching(/live|missed/) }]);
});
