/** Pages of lines, both ways, and the lines around one. */
import { sql } from 'kysely';
import type { LogLine } from '../contract/log-line.ts';
import type { Db } from '../db/connect.ts';
import { cutPage, type Neighbours } from '../db/keyset.ts';
import type { LogFilter } from './filter.ts';
import { findLines, keyOf } from './find.ts';
import type { LogKey, LogPlace, Order } from './order.ts';

export type Page = Neighbours<LogKey> & { lines: LogLine[] };

/** A page of the lines that fit, in their order. */
export async function listLines(
  db: Db,
  filter: LogFilter,
  paging: { limit: number; offset?: number; order: Order; place?: LogPlace },
): Promise<Page> {
  const { limit, offset = 0, order, place } = paging;
  const { lines, edge } = await findLines(db, filter, { place, order, offset, limit: limit + 1 });
  const { rows, next, prev } = cutPage(lines, { limit, place, keyOf, edge });
  const [first] = rows;
  const counted: Neighbours<LogKey>['prev'] =
    offset > 0 && first ? { way: '>', key: keyOf(first) } : undefined;
  return { lines: rows, next, prev: prev ?? counted };
}

/** Whose the lines around one are: of its run, or of the system. */
export type Surroundings = { job_run_id: string } | { type: 'system' };

/** A line in the midst of so many, the oldest first; undefined when there is none of that id. */
export async function listAround(
  db: Db,
  id: number,
  limit: number,
): Promise<(Page & { of: Surroundings }) | undefined> {
  const { rows } = await sql<{ timestamp: string; job_run_id: string | null }>`
    select to_char(timestamp, 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') as timestamp, job_run_id
      from logs where id = ${id}::bigint order by timestamp limit 1`.execute(db);
  const [line] = rows;
  if (!line) return undefined;
  const of: Surroundings = line.job_run_id === null ? { type: 'system' } : { job_run_id: line.job_run_id };
  const key = keyOf({ timestamp: line.timestamp, id });
  const before = Math.floor((limit - 1) / 2);
  const read = { order: 'asc' } as const;
  const [earlier, later] = await Promise.all([
    listLines(db, of, { ...read, limit: Math.max(before, 1), place: { way: '>', key } }),
    listLines(db, of, { ...read, limit: limit - before, place: { way: '<=', key } }),
  ]);
  const kept = before === 0 ? [] : earlier.lines;
  const prev = before === 0 ? later.prev : earlier.prev;
  return { of, lines: [...kept, ...later.lines], prev, next: later.next };
}
