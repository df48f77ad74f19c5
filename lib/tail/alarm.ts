import { setTimeout as sleep } from 'node:timers/promises';

/** A rest that may be cut short; a ring while nobody rests cuts the next one. */
export function openAlarm() {
  let rung = Promise.withResolvers<void>();
  return {
    ring: () => rung.resolve(),
    async rest(ms: number): Promise<void> {
      const cut = new AbortController();
      await Promise.race([rung.promise, sleep(ms, undefined, { signal: cut.signal }).catch(() => {})]);
      cut.abort();
      rung = Promise.withResolvers();
    },
  };
}
