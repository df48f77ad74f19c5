/** The bounds of the searches for admission. */
import type { Bounds, Faults, Wish } from './state.ts';

const NO_FAULTS: Faults = {
  pauses: 0,
  cancels: 0,
  failures: 0,
  repeats: 0,
  deletions: 0,
  changes: 0,
  crashes: 0,
};

type Policy = Wish['policy'];

export const slot = (policy: Policy, lane = 0): Wish => ({ kind: 'slot', lane, policy });
export const person = (policy: Policy, lane = 0): Wish => ({ kind: 'person', lane, policy });
export const endless = (wish: Wish): Wish => ({ ...wish, endless: true });
export const backfill = (lane: number): Wish => ({ kind: 'backfill', lane, policy: 'queue-all' });
export const replay = (again: number, lane = 0): Wish => ({
  kind: 'replay',
  lane,
  policy: 'queue-all',
  again,
});

export function scenario(
  name: string,
  wishes: readonly Wish[],
  {
    misfire = 'last',
    concurrency = 1,
    pauseAfter = 0,
    ...faults
  }: Partial<Omit<Bounds, 'faults'> & Faults> = {},
): Bounds {
  return { name, wishes, misfire, concurrency, pauseAfter, faults: { ...NO_FAULTS, ...faults } };
}

export const SCENARIOS: readonly Bounds[] = [
  scenario(
    'slots that skip, people that queue',
    [slot('skip'), slot('skip'), person('queue-all'), person('queue-all')],
    {
      cancels: 1,
      pauses: 1,
      changes: 1,
      deletions: 1,
    },
  ),
  scenario(
    'all policies in one lane',
    [slot('queue'), slot('queue'), person('replace'), person('queue'), person('skip')],
    {
      cancels: 1,
      pauses: 1,
    },
  ),
  scenario('slots that replace', [slot('replace'), slot('replace'), slot('replace'), person('queue-all')], {
    cancels: 1,
    pauses: 1,
    failures: 1,
  }),
  scenario('catching up', [slot('skip'), slot('skip'), slot('skip'), person('queue-all')], {
    misfire: 'all',
    pauses: 1,
    changes: 1,
    deletions: 1,
  }),
  scenario(
    'failures that pause',
    [slot('queue-all'), slot('queue-all'), slot('queue-all'), person('queue-all')],
    {
      misfire: 'all',
      pauseAfter: 2,
      failures: 3,
    },
  ),
  scenario(
    'lanes',
    [slot('queue-all'), person('queue-all', 1), person('queue-all', 1), person('skip', 1), person('replace')],
    {
      cancels: 1,
    },
  ),
  scenario(
    'a backfill beside the schedule',
    [slot('skip'), slot('skip'), backfill(1), backfill(2), backfill(3)],
    {
      concurrency: 2,
      cancels: 1,
      pauses: 1,
    },
  ),
  scenario(
    'a backfill with a namesake, a replay',
    [slot('skip'), backfill(1), backfill(2), person('queue-all', 1), replay(0, 2)],
    {
      cancels: 1,
      deletions: 1,
    },
  ),
  scenario(
    'a run that does not end',
    [endless(slot('queue')), slot('queue'), person('queue-all'), person('replace')],
    {
      pauses: 1,
    },
  ),
];

export const LARGE_SCENARIOS: readonly Bounds[] = [
  scenario(
    'everything in one pipeline',
    [slot('queue'), slot('queue'), person('replace'), backfill(1), backfill(2)],
    { cancels: 1, pauses: 1, failures: 1, pauseAfter: 1 },
  ),
  scenario(
    'slots that catch up, and replace',
    [slot('replace'), slot('replace'), slot('replace'), person('replace'), person('queue-all', 1)],
    { misfire: 'all', cancels: 1, pauses: 1, changes: 1 },
  ),
];
