import { expect } from 'vitest';
import { raceClaims, raceTriggers, raceZombies } from '../chaos/races.ts';
import { test } from '../setup/fixtures.ts';

test('200 triggers at once under skip make one run, and name it to the others', async ({ runlog }) => {
  expect(await raceTriggers(runlog, 200, 1)).toEqual([]);
});

test('200 claims at once have one winner, which is told once', async ({ runlog }) => {
  expect(await raceClaims(runlog, 200, 4)).toEqual([]);
});

test('of a zombie no write is accepted, however often it tries', async ({ runlog }) => {
  expect(await raceZombies(runlog, 300)).toEqual([]);
});
