import { setTimeout as wait } from 'node:timers/promises';

const SECOND = 1000;

/** Asks until there is an answer; says what it waited for, and the last trouble, when there is none in time. */
export async function until<T>(
  what: string,
  patience: number,
  ask: () => Promise<T | undefined | false>,
  every: number = SECOND,
): Promise<T> {
  const end = performance.now() + patience;
  let trouble = '';
  for (;;) {
    try {
      const found = await ask();
      if (found !== undefined && found !== false) return found;
      trouble = '';
    } catch (error) {
      trouble = `; last: ${error instanceof Error ? error.message : String(error)}`;
    }
    if (performance.now() >= end) throw new Error(`${what}: not within ${patience / SECOND} s${trouble}`);
    await wait(every);
  }
}
