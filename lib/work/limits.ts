/** How long a worker may be at it: a slice of a delivery, or the one long slice of a Job. */
import type { Work } from '../db/tables.ts';
import { HARD_STOP, LEASE, SLICE } from './numbers.ts';

const SECOND = 1000;
const MINUTE = 60 * SECOND;
const DAY = 24 * 60 * MINUTE;
/** Timers and PostgreSQL count milliseconds in 32 bits. */
const LONGEST = 20 * DAY;

/** All in milliseconds. */
export type Limits = {
  /** It gives way after this, where it can. */
  slice: number;
  /** Here it is stopped. */
  hardStop: number;
  /** A statement, a transaction, and a pause within one. */
  statement: number;
  /** The wait for a lock, the turn at a table above all. */
  lock: number;
  /** How often it keeps how far it is; undefined: only when it leaves. */
  keep: number | undefined;
};

export const SLICE_LIMITS: Limits = {
  slice: SLICE,
  hardStop: HARD_STOP,
  statement: 30 * SECOND,
  lock: 5 * SECOND,
  keep: undefined,
};

/** Those of a Job: the run's own clock, and the seconds after which it gives way to the next Job. */
export function limitsInJob({ deadline, lease_until }: Work, giveWay: number | undefined): Limits {
  const left = deadline && lease_until ? deadline.getTime() - lease_until.getTime() + LEASE : LONGEST;
  const slice = Math.min(LONGEST, giveWay === undefined ? LONGEST : giveWay * SECOND);
  return {
    slice,
    hardStop: slice + (HARD_STOP - SLICE),
    statement: Math.min(LONGEST, Math.max(SECOND, left)),
    lock: 10 * MINUTE,
    keep: 10 * SECOND,
  };
}
