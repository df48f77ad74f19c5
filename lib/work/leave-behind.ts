import { GRACE } from './numbers.ts';

/**
 * Waits for work that was told by a signal when to stop. What goes on all the same is left behind a moment after the
 * abort: the promise rejects with the signal's reason, whatever becomes of the work.
 */
export async function unlessLeftBehind<T>(
  work: Promise<T>,
  signal: AbortSignal,
  onLeft: () => void,
): Promise<T> {
  const late = Promise.withResolvers<never>();
  let grace: NodeJS.Timeout | undefined;
  const onAbort = () => {
    grace = setTimeout(() => {
      onLeft();
      late.reject(signal.reason);
    }, GRACE);
  };
  if (signal.aborted) onAbort();
  else signal.addEventListener('abort', onAbort, { once: true });
  try {
    return await Promise.race([work, late.promise]);
  } finally {
    clearTimeout(grace);
    signal.removeEventListener('abort', onAbort);
  }
}
