import { vi } from 'vitest';

/** Longer than any test may take. */
const NO_LIMIT = 600_000;

/** Waits until it is so, or the test's own time is over: how fast that is says something of the machine, not of us. */
export const until = <T>(condition: () => T | Promise<T>) =>
  vi.waitUntil(condition, { timeout: NO_LIMIT, interval: 20 });
