import { expect, test } from 'vitest';
import { randomRunId, runIdOf, runIdOfSlot } from '../../../lib/requests/run-id.ts';

const at = (n: number) => new Date(Date.UTC(2026, 10, 21, 2) + n * 300_000);

test('the ids of slots grow with their instants, whatever they are slots of', () => {
  const ids = Array.from({ length: 500 }, (_, n) => runIdOfSlot(at(n), 'slot', `pipeline-${n % 7}`));

  expect(ids.toSorted()).toEqual(ids);
});

test('a slot has the same id for ever, and another than every other slot', () => {
  const ids = ['daily', 'hourly'].flatMap((name) => [
    runIdOfSlot(at(0), 'slot', name),
    runIdOfSlot(at(0), 'backfill', name),
    runIdOfSlot(at(1), 'slot', name),
  ]);

  expect(runIdOfSlot(at(0), 'slot', 'daily')).toBe('01a1fbd4-f500-8ebc-aea0-9fb32a3d9816');
  expect(new Set(ids).size).toBe(6);
});

test('slots from before 1970 have ids, too', () => {
  const [one, other] = [-1, -2].map((ms) => runIdOfSlot(new Date(ms), 'backfill', 'b'));

  expect(one).not.toBe(other);
});

test('a key has the same id for ever', () => {
  expect(runIdOf('replay', 'k1')).toBe('eafb621c-a824-502d-866d-dc27763970f8');
});

test('a run that nobody asked for before lies beside those of its time', () => {
  const timeOf = (id: string) => Number.parseInt(id.replace('-', '').slice(0, 12), 16);
  const before = Date.now();

  const time = timeOf(randomRunId());

  expect(time).toBeGreaterThanOrEqual(before);
  expect(time).toBeLessThanOrEqual(Date.now());
});
