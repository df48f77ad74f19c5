/** A run as lists show it: its columns, all or some. */
import { type RawBuilder, sql } from 'kysely';
import { type ListedRun, type RunField, RunRow } from '../contract/run-row.ts';
import { instant } from './instant.ts';

const USUAL: readonly RunField[] = RunRow.keyof().options;

export type ReadRun = Omit<RunRow, 'started_at' | 'finished_at'> & {
  started: string;
  finished: string | null;
  error_stack: string | null;
};

/** The columns of the table that the fields need; a page needs its keys in any case. */
export const columnsOf = (fields: readonly RunField[] = USUAL): RawBuilder<unknown> =>
  sql.join([...new Set<RunField>(['started_at', 'run_id', ...fields])].map((field) => sql.ref(field)));

/** The same as they are read: times as text, a third of what a Date costs and with all digits. */
export const readColumnsOf = (fields: readonly RunField[] = USUAL): RawBuilder<unknown> =>
  sql.join([
    sql`started_at::text as started, run_id`,
    ...fields.flatMap((field) => {
      if (field === 'started_at' || field === 'run_id') return [];
      return [field === 'finished_at' ? sql`finished_at::text as finished` : sql.ref(field)];
    }),
  ]);

/** A run with all usual columns, or with those that are named, in their order. */
export function shown(run: ReadRun, fields: readonly RunField[] | undefined): ListedRun {
  const whole = shownWhole(run);
  if (!fields) return whole;
  const all: ListedRun = { ...whole, error_stack: run.error_stack };
  return Object.fromEntries(fields.map((field) => [field, all[field]]));
}

// Written out: a copy by spreading costs as much as the query.
const shownWhole = (run: ReadRun): RunRow => ({
  run_id: run.run_id,
  status: run.status,
  started_at: instant(run.started) ?? '',
  finished_at: run.finished && instant(run.finished),
  duration_ms: run.duration_ms,
  component: run.component,
  trigger: run.trigger,
  source: run.source,
  error_code: run.error_code,
  error_message: run.error_message,
  meta: run.meta,
  tags: run.tags,
});
