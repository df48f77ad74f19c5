import { expect } from '../setup/product.ts';
import { statesOf, test } from './hourly.ts';

const queue = { overlap: { slots: 'queue-all' as const } };

test('a declared deadline: a slot is missed when its tick comes later, and says so', async ({ hourly }) => {
  const { tick, later, slots, toSlot } = await hourly({ deadline: 600 });

  await toSlot('9 minutes');
  await tick('schedule');
  await later('1 hour 2 minutes');
  await tick('schedule');

  expect(await slots()).toMatchObject([
    { state: 'live' },
    { state: 'missed', why: 'no tick came before its deadline, 600 s after it' },
  ]);
});

test('a declared deadline: nothing begins after it, not even to catch up', async ({ hourly }) => {
  const { tick, later, slots, toSlot } = await hourly({
    ...queue,
    misfire: { policy: 'all' },
    deadline: 5400,
  });
  await toSlot('20 minutes');
  await later('2 hours');

  await tick('schedule');

  expect(statesOf(await slots())).toEqual(['missed', 'live', 'waiting']);
});

test.for<[string, number | undefined, string[]]>([
  ['next slot', undefined, ['live', 'missed', 'waiting']],
  ['declared deadline', 2.5 * 3600, ['live', 'waiting', 'waiting']],
])('a slot waits for its lane until its %s', async ([, deadline, states], { hourly }) => {
  const { tick, later, slots, toSlot } = await hourly({ ...queue, ...(deadline && { deadline }) });
  await toSlot('20 seconds');

  for (const hours of [0, 1, 1]) {
    await later(`${hours} hours`);
    await tick('schedule');
  }

  const planned = await slots();
  expect(statesOf(planned)).toEqual(states);
  if (states.includes('missed'))
    expect(planned[1]?.why).toBe('it waited until its deadline and its lane was never free');
});
