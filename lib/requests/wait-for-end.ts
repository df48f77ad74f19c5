/** Waiting for the ends of requests: however many wait in a process, one query looks for all of them. */
import { setTimeout as pause } from 'node:timers/promises';
import { sql } from 'kysely';
import type { Db } from '../db/connect.ts';
import type { Service } from '../http/service.ts';

/** How long there is between two looks, in ms. */
const LOOK_EVERY = 250;
/** Beyond this nobody is let wait: a place has to be left for what does not. */
export const MOST_WAITERS = 150;

/** `cut`: the host stops, the asker has gone, or too many wait already. */
export type Waited = 'ended' | 'time' | 'cut';

type Waiter = { runId: string; tell(how: Waited): void };
type Watch = { waiters: Set<Waiter>; looking: boolean };

const watches = new WeakMap<Db, Watch>();

/** Resolves when a request has ended, whether it became a run or not, and after so many ms at the latest. */
export async function waitForEnd(
  { runlog, draining, log }: Pick<Service, 'runlog' | 'draining' | 'log'>,
  runId: string,
  patience: number,
  gone: AbortSignal,
): Promise<Waited> {
  const watch = watches.get(runlog) ?? { waiters: new Set(), looking: false };
  watches.set(runlog, watch);
  if (draining.aborted || gone.aborted || watch.waiters.size >= MOST_WAITERS) return 'cut';
  return new Promise((resolve) => {
    const late = setTimeout(() => waiter.tell('time'), patience);
    const cut = () => waiter.tell('cut');
    const waiter: Waiter = {
      runId,
      tell(how) {
        clearTimeout(late);
        for (const signal of [draining, gone]) signal.removeEventListener('abort', cut);
        watch.waiters.delete(waiter);
        resolve(how);
      },
    };
    for (const signal of [draining, gone]) signal.addEventListener('abort', cut);
    watch.waiters.add(waiter);
    void keepLooking(runlog, watch, log);
  });
}

async function keepLooking(db: Db, watch: Watch, log: Service['log']): Promise<void> {
  if (watch.looking) return;
  watch.looking = true;
  for (let away = false; watch.waiters.size > 0; await pause(LOOK_EVERY)) {
    try {
      await lookOnce(db, watch);
      away = false;
    } catch (error) {
      if (!away) log.warn({ error }, 'who waits for the end of a run is not told for now');
      away = true;
    }
  }
  watch.looking = false;
}

async function lookOnce(db: Db, { waiters }: Watch): Promise<void> {
  const wanted = [...new Set([...waiters].map(({ runId }) => runId))];
  const { rows } = await sql<{ run_id: string }>`/* ended among */
    select run_id from run_requests
     where run_id = any (${wanted}::uuid[]) and state not in ('waiting', 'live')`.execute(db);
  const ended = new Set(rows.map(({ run_id }) => run_id));
  for (const waiter of [...waiters]) if (ended.has(waiter.runId)) waiter.tell('ended');
}
