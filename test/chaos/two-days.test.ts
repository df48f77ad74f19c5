import { expect } from 'vitest';
import { test } from '../setup/fixtures.ts';
import { twoDays } from './two-days.ts';

const MINUTE = 60_000;

test.for(['last', 'all'] as const)(
  'two days whose ticks are lost and doubled account for every slot once (misfire %s)',
  { timeout: 2 * MINUTE },
  async (misfire, { runlog, report }) => {
    const { faults, ...counts } = await twoDays({ urls: { runlog, report }, seed: 7, every: 30, misfire });

    expect(faults).toEqual([]);
    expect(counts.slots).toBe(96);
    expect(counts.ran + counts.missed).toBe(96);
    if (misfire === 'all') expect(counts.missed).toBe(0);
    else expect(counts.missed).toBeGreaterThan(0);
  },
);
