/** Lines of the log for a page: the last that fit, or those around one. */
import { sql } from 'kysely';
import type { LogLine } from '../lib/contract/log-line.ts';
import type { Db } from '../lib/db/connect.ts';
import type { LogFilter } from '../lib/logs/filter.ts';
import { findLines, isSearch } from '../lib/logs/find.ts';
import type { LogKey } from '../lib/logs/order.ts';

const LINES = 200;
const HALF = LINES / 2;

/** What a page shows, oldest first. */
export type LogView = {
  lines: LogLine[];
  /** There are, or may be, more before the first and after the last. */
  older: boolean;
  newer: boolean;
  /** The line around which the others are; null when there is no such line. */
  around?: number | null;
};

/** The last lines, or those around the one with an id, whose neighbours are of the same filter. */
export async function readLog(db: Db, filter: LogFilter, around?: number): Promise<LogView> {
  if (around === undefined) return readLast(db, filter);
  const key = await keyOf(db, around);
  if (!key) return { ...(await readLast(db, filter)), around: null };
  const [before, after] = await Promise.all([
    findLines(db, filter, { place: { way: '<=', key }, order: 'desc', limit: HALF + 1 }),
    findLines(db, filter, { place: { way: '>', key }, order: 'desc', limit: HALF + 1 }),
  ]);
  return {
    lines: [...before.lines.slice(0, HALF).reverse(), ...after.lines.slice(0, HALF)],
    older: before.lines.length > HALF,
    newer: after.lines.length > HALF,
    around,
  };
}

async function readLast(db: Db, filter: LogFilter): Promise<LogView> {
  const { lines, edge } = await findLines(db, filter, { place: undefined, order: 'desc', limit: LINES + 1 });
  const brokenOff = isSearch(filter) && edge !== undefined;
  return { lines: lines.slice(0, LINES).reverse(), older: lines.length > LINES || brokenOff, newer: false };
}

async function keyOf(db: Db, id: number): Promise<LogKey | undefined> {
  const { rows } = await sql<{ at: string }>`
    select to_char(timestamp, 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') as at from logs where id = ${id}`.execute(db);
  return rows[0] && [rows[0].at, id];
}
