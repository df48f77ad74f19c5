import { declare } from '../../lib/requests/declare.ts';
import { test as base, expect, type Product } from '../setup/product.ts';
import { nothingArrives, pass } from './hands-on.ts';
import { idle, pipelineOf } from './pipeline-of.ts';

type Misfire = 'none' | 'last' | 'all';

/** A pipeline that is due each hour, declared, and a clock that has been moved on. */
const test = base.extend('hourly', async ({ product, runlog, connect }) => {
  const ledger = await connect(runlog);
  return async (misfire: Misfire, hours: number): Promise<Product> => {
    const pipeline = pipelineOf(idle, {
      schedule: '0 * * * *',
      timezone: 'UTC',
      misfire: { policy: misfire },
      overlap: { slots: 'queue-all' },
    });
    const made = await product({ pipelines: [pipeline], weather: nothingArrives });
    // At half past the hour no slot is near.
    await pass(ledger, `${3600 + 1800 - ((Date.now() / 1000) % 3600)} seconds`);
    await declare(made.service.runlog, [pipeline], 'local');
    await pass(ledger, `${hours} hours`);
    return made;
  };
});

const SLOTS = `select state, slot from run_requests where kind = 'slot' order by slot`;

test.for<[Misfire, string[]]>([
  ['none', ['missed', 'missed', 'missed']],
  ['last', ['missed', 'missed', 'live']],
  ['all', ['live', 'waiting', 'waiting']],
])(
  'of three slots that no tick came for, misfire %s makes: %s',
  async ([policy, states], { hourly, connect, runlog }) => {
    const { tick } = await hourly(policy, 3);

    await tick('schedule');

    const { rows } = await (await connect(runlog)).query(SLOTS);
    expect(rows.map((row) => row.state)).toEqual(states);
  },
);

test('a missed slot is told once, and all of a gap name its first', async ({ hourly, runlog, connect }) => {
  const { tick } = await hourly('last', 4);

  await tick('schedule');
  await tick('minute');

  const { rows } = await (await connect(runlog)).query(
    `select count(*)::int as told, count(distinct data ->> 'gap')::int as gaps from outbox where type ~ 'slot.missed$'`,
  );
  expect(rows).toEqual([{ told: 3, gaps: 1 }]);
});

test('a slot is planned once, however often and at once the ticks come', async ({
  hourly,
  runlog,
  connect,
}) => {
  const { tick } = await hourly('all', 2);

  const answers = await Promise.all(
    Array.from({ length: 8 }, (_, i) => tick(i % 2 === 0 ? 'schedule' : 'minute')),
  );
  expect(answers.map((answer) => answer.status)).toEqual(answers.map(() => 204));
  await tick('schedule');

  const { rows } = await (await connect(runlog)).query(SLOTS);
  expect(rows.map((row) => row.state)).toEqual(['live', 'waiting']);
  const runs = await (await connect(runlog)).query('select from run_log');
  expect(runs.rows).toHaveLength(1);
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
  await declare(service.runlog, [bad, good], 'local');
  await pass(ledger, '1 hour');

  const answer = await tick('minute');

  const { rows } = await ledger.query('select pipeline, state from run_requests');
  expect(answer.status).toBe(204);
  expect(rows).toEqual([{ pipeline: 'sample', state: expect.stringMatching(/live|missed/) }]);
});
