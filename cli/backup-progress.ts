import { note } from './print.ts';
import { visible } from './visible.ts';

/** Says to people at a terminal which table is under way. */
export const progress = (does: string) => (name: string) => {
  if (process.stderr.isTTY) note(visible(`${does} ${name}`));
};

/** Does something that Ctrl-C ends in an orderly way. */
export async function until<T>(work: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const stop = new AbortController();
  const onSignal = () => stop.abort(new Error('It was ended before it was done; nothing of it is left.'));
  process.once('SIGINT', onSignal).once('SIGTERM', onSignal);
  try {
    return await work(stop.signal);
  } catch (error) {
    stop.signal.throwIfAborted();
    throw error;
  } finally {
    process.off('SIGINT', onSignal).off('SIGTERM', onSignal);
  }
}
