import { onTestFinished, vi } from 'vitest';

/** This process's stopwatch, which a test may let run ahead. */
export function stopwatch() {
  const now = performance.now.bind(performance);
  let ahead = 0;
  const spy = vi.spyOn(performance, 'now').mockImplementation(() => now() + ahead);
  onTestFinished(() => spy.mockRestore());
  return {
    runAhead: (ms: number) => {
      ahead += ms;
    },
  };
}
