/** The ledger, newest first, page by page: one seek in one index, at any depth. */
import { type Selectable, sql } from 'kysely';
import type { Db } from '../db/connect.ts';
import type { RunLogTable } from '../db/ledger-tables.ts';
import type { RunStatus, Source, Trigger } from '../db/tables.ts';
import { exactInstant, instant } from './instant.ts';

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

/** A page of runs and, when there are more, where the next begins. */
export async function listRuns(db: Db, filter: RunFilter, limit: number, after?: Cursor) {
  let query = db
    .selectFrom('run_log')
    .select(['run_id', 'status', 'duration_ms', 'component', 'trigger', 'source'])
    .select(['error_code', 'error_message', 'meta', 'tags'])
    .select([
      sql<string>`started_at::text`.as('started'),
      sql<string | null>`finished_at::text`.as('finished'),
    ])
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
    runs: rows.slice(0, limit).map(shown),
    next: last && { startedAt: exactInstant(last.started), runId: last.run_id },
  };
}

type Row = Omit<Selectable<RunLogTable>, 'started_at' | 'finished_at' | 'error_stack'> & {
  started: string;
  finished: string | null;
};

// Written out: a copy by spreading costs as much as the query.
function shown(run: Row) {
  return {
    run_id: run.run_id,
    status: run.status,
    started_at: instant(run.started),
    finished_at: run.finished && instant(run.finished),
    duration_ms: run.duration_ms,
    component: run.component,
    trigger: run.trigger,
    source: run.source,
    error_code: run.error_code,
    error_message: run.error_message,
    meta: run.meta,
    tags: run.tags,
  };
}
