/** Deletes what is older than it is kept, in small steps with pauses between them: readers and writers go first. */
import { setTimeout as wait } from 'node:timers/promises';
import { sql } from 'kysely';
import type { Client } from 'pg';
import { commit } from '../boundary.ts';
import type { Db } from '../db/connect.ts';
import { LOCK_NOT_AVAILABLE, sqlState } from '../db/sqlstate.ts';
import { type Kind, kinds } from './kinds.ts';
import { type Purger, type Step, step } from './step.ts';

/** Rows that a step looks at: at first, at least, at most. */
const ROWS = { first: 200, least: 20, most: 1000 };
/** A step that takes longer was too large, or the server has much to do: the next is smaller. */
const AIM = 50;
/** For each millisecond of work so many of rest: at most a third of a connection's time is ours. */
const REST = 2;
const SHORTEST_REST = 5;
/** How often a lock is tried for before the kind is left to the next turn. */
const TRIES = 5;
const BEFORE_ANOTHER_TRY = 250;

const DEADLOCK = '40P01';
const QUERY_CANCELED = '57014';
const passing = new Set([LOCK_NOT_AVAILABLE, DEADLOCK, QUERY_CANCELED]);

export type Progress = { kind: Kind; looked: number; gone: number; bytes: number; over: boolean };

export type Purging = {
  db: Db;
  /** Without one, what is kept there stays. */
  report?: Client | undefined;
  /** Kinds that were passed through since then, and not begun again, are left alone: an instant of RunLog, as text. */
  since: string;
  purger: Purger;
  signal?: AbortSignal | undefined;
  only?: readonly string[] | undefined;
  /** What can be archived goes only when it is. */
  archived?: boolean;
  onStep?(progress: Progress): void;
  onFailure?(kind: Kind, error: unknown): void;
};

/** `left`: there is more, for now or because somebody held it. */
export type Purged = { left: boolean; failed: boolean };

/** Purges kind by kind until all is done or the signal says stop; what was begun is gone on with by the next. */
export async function purge(purging: Purging): Promise<Purged> {
  const { only, report, signal } = purging;
  let left = false;
  let failed = false;
  for (const kind of kinds) {
    if (only && !only.includes(kind.of)) continue;
    if ('walkReport' in kind && !report) continue;
    try {
      left = (await purgeKind(purging, kind)) || left;
    } catch (error) {
      failed = true;
      purging.onFailure?.(kind, error);
    }
    if (signal?.aborted) return { left: true, failed };
  }
  return { left, failed };
}

/** True when there is more of it. */
async function purgeKind(purging: Purging, kind: Kind): Promise<boolean> {
  const { db, report, since, purger, archived = false, signal, onStep } = purging;
  let limit = ROWS.first;
  let tries = 0;
  while (!signal?.aborted) {
    const began = performance.now();
    const done = await commit('purge', db, (tx) =>
      step(tx, kind, { since, limit, purger, report, archived }),
    ).catch(patiently);
    if (!done) {
      if (++tries >= TRIES) return true;
      await rest(BEFORE_ANOTHER_TRY, signal);
      continue;
    }
    if (done.is !== 'walked') return done.is === 'busy';
    onStep?.({ kind, ...done });
    if (done.over) return false;
    tries = 0;
    const took = performance.now() - began;
    limit = nextLimit(limit, took);
    await rest(Math.max(SHORTEST_REST, took * REST), signal);
  }
  return true;
}

const nextLimit = (limit: number, took: number) =>
  Math.round(Math.min(ROWS.most, Math.max(ROWS.least, limit * Math.min(1.5, Math.max(0.5, AIM / took)))));

/** Somebody else goes first. */
function patiently(error: unknown): Step | undefined {
  if (passing.has(sqlState(error) ?? '')) return undefined;
  throw error;
}

const rest = (ms: number, signal: AbortSignal | undefined) =>
  wait(ms, undefined, signal ? { signal } : {}).catch(() => {});

/** So long before now, as a text that `since` may be. */
export async function instantBefore(db: Db, time: string): Promise<string> {
  const { rows } = await sql<{ at: string }>`select (clock() - ${time}::interval)::text as at`.execute(db);
  return rows[0]!.at;
}
