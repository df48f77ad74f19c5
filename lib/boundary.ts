/** The one door through which the product commits and sends: its names are the list of crash points. */
import type { Kysely, Transaction } from 'kysely';

type Moment = 'before' | 'after';
type Hook = (name: string, moment: Moment) => void | Promise<void>;

let hook: Hook | undefined;

/** Tests that crash or stop the process at a named point set the hook; there is one a process. */
export function onBoundary(next: Hook | undefined): void {
  hook = next;
}

/** Lets the process die (SIGKILL) or stop (SIGSTOP) at a point such as `claim:after:3`, its third passing. */
export function crashAt(point: string, signal: 'SIGKILL' | 'SIGSTOP' = 'SIGKILL'): void {
  const [name, moment, nth = '1'] = point.split(':');
  let passed = 0;
  onBoundary((at, when) => {
    if ((name === '*' || at === name) && when === moment && ++passed === Number(nth)) {
      process.kill(process.pid, signal);
    }
  });
}

/** Runs one transaction under a name. */
export async function commit<DB, T>(
  name: string,
  db: Kysely<DB>,
  work: (tx: Transaction<DB>) => Promise<T>,
): Promise<T> {
  const result = await db.transaction().execute(async (tx) => {
    const done = await work(tx);
    if (hook) await hook(name, 'before');
    return done;
  });
  if (hook) await hook(name, 'after');
  return result;
}

/** Runs one statement, which is a transaction by itself, under a name: one journey to the database instead of three. */
export async function commitOne<DB, T>(
  name: string,
  db: Kysely<DB>,
  statement: (db: Kysely<DB>) => Promise<T>,
): Promise<T> {
  if (hook) await hook(name, 'before');
  const done = await statement(db);
  if (hook) await hook(name, 'after');
  return done;
}

/** Reads what belongs together as of one moment. Nothing is written, so it has no name. */
export function ofOneMoment<DB, T>(
  db: Kysely<DB>,
  read: (moment: Transaction<DB>) => Promise<T>,
): Promise<T> {
  return db.transaction().setIsolationLevel('repeatable read').setAccessMode('read only').execute(read);
}

/** Commits a transaction that was opened by hand on a connection of its own, under a name. */
export async function commitOn(
  name: string,
  client: { query(text: string): Promise<unknown> },
): Promise<void> {
  if (hook) await hook(name, 'before');
  await client.query('commit');
  if (hook) await hook(name, 'after');
}

/** Sends one HTTP request under a name. */
export async function send(name: string, url: string, init: RequestInit): Promise<Response> {
  if (hook) await hook(name, 'before');
  const response = await fetch(url, init);
  if (hook) await hook(name, 'after');
  return response;
}

/** Hands something to the world by another way than HTTP (a mail), under a name. */
export async function handOver<T>(name: string, work: () => Promise<T>): Promise<T> {
  if (hook) await hook(name, 'before');
  const result = await work();
  if (hook) await hook(name, 'after');
  return result;
}
