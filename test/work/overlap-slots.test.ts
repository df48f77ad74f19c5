/** What becomes of slots whose lane is taken, by the ticks that plan them. */
import { expect } from 'vitest';
import type { Overlap } from '../../lib/requests/ask.ts';
import { statesOf, test } from './hourly.ts';
import { runOf } from './pipeline-of.ts';

const HOURS = 3600;
/** No slot of these tests is missed. */
const patient = { deadline: 24 * HOURS };
const byLane = { key: ({ lane }: { lane: string }) => lane };

test.for<[Overlap, string[], whyNot?: string]>([
  ['skip', ['live', 'skipped', 'skipped'], 'was still live (overlap: skip)'],
  ['queue', ['live', 'replaced', 'waiting'], 'took its place (overlap: queue)'],
  ['queue-all', ['live', 'waiting', 'waiting']],
  ['replace', ['live', 'replaced', 'waiting'], 'took its place (overlap: replace)'],
  ['allow', ['live', 'waiting', 'waiting']],
])('overlap %s makes of three slots in one lane: %s', async ([slots, states, why], { hourly }) => {
  const world = await hourly({ ...patient, ...byLane, overlap: { slots } });

  for (let i = 0; i < 3; i++) {
    await world.later('1 hour');
    await world.tick('schedule');
  }

  const planned = await world.slots();
  expect(statesOf(planned)).toEqual(states);
  if (why) expect(planned[1]?.why).toContain(why);
});

test.for<Overlap>(['skip', 'queue', 'queue-all', 'replace'])(
  'overlap %s: what lives in another lane is nothing to a slot',
  async (slots, { hourly }) => {
    const { trigger, tick, later, ledger } = await hourly({ ...byLane, overlap: { slots } });
    await trigger({ pipeline: 'sample', params: { lane: 'other' } });

    await later('1 hour');
    await tick('schedule');

    const { rows } = await ledger.query('select kind, state, why from run_requests order by ordinal');
    expect(rows).toMatchObject([{ state: 'live' }, { kind: 'slot', state: 'live', why: null }]);
    expect((await ledger.query('select from run_work where cancel_at is not null')).rows).toEqual([]);
  },
);

test('overlap replace goes first when the run that it cancels has ended; the others follow in order', async ({
  hourly,
}) => {
  const { trigger, tick, later, ledger } = await hourly({ ...patient, overlap: { slots: 'replace' } });
  const people: string[] = [];
  for (let i = 0; i < 3; i++) people.push(await runOf(trigger({ pipeline: 'sample' })));
  const order: string[] = [];
  const live = async () => {
    const { rows } = await ledger.query<{ run_id: string }>(
      `select run_id from run_requests where state = 'live'`,
    );
    return rows.map(({ run_id }) => run_id).join();
  };

  await later('1 hour');
  await tick('schedule');
  const { rows } = await ledger.query<{ run_id: string }>(
    `select run_id from run_requests where kind = 'slot'`,
  );
  for (let i = 0; i < 4; i++) {
    order.push(await live());
    await ledger.query(`update run_work set cancel_at = coalesce(cancel_at, clock())`);
    await tick('minute');
  }

  expect(order).toEqual([people[0], rows[0]?.run_id, people[1], people[2]]);
  const ended = await ledger.query(`select status, error_message from run_log where run_id = $1`, [
    people[0],
  ]);
  expect(ended.rows).toEqual([{ status: 'CANCELLED', error_message: `replaced by run ${rows[0]?.run_id}` }]);
});

test('overlap queue: a slot takes the place of no person that waits', async ({ hourly }) => {
  const { trigger, tick, later, ledger } = await hourly({ ...patient, overlap: { slots: 'queue' } });
  for (let i = 0; i < 2; i++) await trigger({ pipeline: 'sample' });

  for (let i = 0; i < 2; i++) {
    await later('1 hour');
    await tick('schedule');
  }

  const { rows } = await ledger.query('select kind, state from run_requests order by ordinal');
  expect(rows.map(({ kind, state }) => `${kind} ${state}`)).toEqual([
    'person live',
    'person waiting',
    'slot replaced',
    'slot waiting',
  ]);
});

test('a slot whose lane frees before its deadline begins, and is late', async ({ hourly }) => {
  const { trigger, tick, toSlot, later, ledger } = await hourly({ overlap: { slots: 'queue-all' } });
  await trigger({ pipeline: 'sample' });
  await toSlot('1 second');
  await tick('schedule');

  await later('5 minutes');
  await ledger.query('update run_work set cancel_at = clock()');
  await tick('minute');

  const { rows } = await ledger.query('select state, late from run_requests order by ordinal');
  expect(rows).toEqual([
    { state: 'ran', late: false },
    { state: 'live', late: true },
  ]);
});
