/** The ledger, newest first, page by page: one seek in one index, at any depth. */
import { sql } from 'kysely';
import type { Db } from '../db/connect.ts';
import type { RunStatus, Source, Trigger } from '../db/tables.ts';

export type RunFilter = {
  component?: string | undefined;
  status?: RunStatus | undefined;
  trigger?: Trigger | undefined;
  source?: Source | undefined;
  from?: Date | undefined;
  to?: Date | undefined;
};

/** A place in the list: the last run seen, its time with all its digits. */
export type Cursor = { startedAt: string; runId: string };

/** All six digits, which a Date would round. */
const exactTime = sql<string>`to_char(started_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')`;

/** A page of runs and, when there are more, where the next begins. */
export async function listRuns(db: Db, filter: RunFilter, limit: number, after?: Cursor) {
  let query = db
    .selectFrom('run_log')
    .select([
      'run_id',
      'status',
      'started_at',
      'finished_at',
      'duration_ms',
      'component',
      'trigger',
      'source',
    ])
    .select(['error_code', 'error_message', 'meta', exactTime.as('exactly')])
    .orderBy('started_at', 'desc')
    .orderBy('run_id', 'desc')
    .limit(limit + 1);
  for (const column of ['component', 'status', 'trigger', 'source'] as const) {
    const wanted = filter[column];
    if (wanted !== undefined) query = query.where(column, '=', wanted);
  }
  if (filter.from) query = query.where('started_at', '>=', filter.from);
  if (filter.to) query = query.where('started_at', '<', filter.to);
  if (after) {
    query = query.where(
      sql<boolean>`(started_at, run_id) < (${after.startedAt}::timestamptz, ${after.runId}::uuid)`,
    );
  }
  const rows = await query.execute();
  const last = rows.length > limit ? rows[limit - 1] : undefined;
  return {
    runs: rows.slice(0, limit).map(({ exactly: _, ...run }) => run),
    next: last && { startedAt: last.exactly, runId: last.run_id },
  };
}
