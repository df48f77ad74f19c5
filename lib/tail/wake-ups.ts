/** RunLog says when lines were committed: one connection a process, opened again whenever it is lost. */
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { connect } from '../db/connect.ts';
import { LINES_CHANNEL } from '../logs/wake-readers.ts';

const SECOND = 1000;
const PAUSES = { first: 0.1 * SECOND, longest: 5 * SECOND };

export type WakeUps = {
  isListening(): boolean;
  /** Resolves when the connection is closed. */
  close(): Promise<void>;
};

/** Calls `wake` at each word of RunLog, and whenever it may have missed one. */
export function listenForLines(
  url: string,
  { name, wake, onTrouble }: { name: string; wake(): void; onTrouble(error: unknown): void },
): WakeUps {
  const stop = new AbortController();
  let listening = false;

  async function listenOnce(): Promise<void> {
    const client = await connect(url, { name });
    const ended = once(client, 'end', { signal: stop.signal }).catch(() => {});
    try {
      client.on('notification', wake);
      await client.query(`listen ${LINES_CHANNEL}`);
      listening = true;
      wake();
      await ended;
    } finally {
      listening = false;
      await client.end().catch(() => {});
    }
  }

  async function keepListening(): Promise<void> {
    for (let pause = PAUSES.first; !stop.signal.aborted; pause = Math.min(2 * pause, PAUSES.longest)) {
      const began = performance.now();
      await listenOnce().catch(onTrouble);
      if (performance.now() - began > PAUSES.longest) pause = PAUSES.first;
      await sleep(pause, undefined, { signal: stop.signal }).catch(() => {});
    }
  }

  const kept = keepListening();
  return {
    isListening: () => listening,
    async close() {
      stop.abort();
      await kept;
    },
  };
}
