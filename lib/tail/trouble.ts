import type { Logger } from 'pino';

const MINUTE = 60_000;

/** Tells of a trouble that comes again and again, once a minute. */
export function trouble(log: Logger, what: string): (error: unknown) => void {
  let last = Number.NEGATIVE_INFINITY;
  return (error) => {
    if (performance.now() - last < MINUTE) return;
    last = performance.now();
    log.warn({ error }, what);
  };
}
