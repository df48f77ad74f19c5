/** The rows of `operation_logs` that evidence becomes, a statement a class. */
import { sql } from 'kysely';
import type { Tx } from '../events/outbox.ts';
import type { Sighted } from './record.ts';

export type EvidenceClass =
  | 'cast_errors'
  | 'data_quality_errors'
  | 'dedup_conflicts'
  | 'authority_conflicts'
  | 'upsert_failures'
  | 'concurrency_issues';

type Fresh = Sighted & { row_id: number; log_time: string };

/** The column that numbers the rows of a class. */
export const idOf: Record<EvidenceClass, string> = {
  cast_errors: 'error_id',
  data_quality_errors: 'error_id',
  dedup_conflicts: 'conflict_id',
  authority_conflicts: 'conflict_id',
  upsert_failures: 'failure_id',
  concurrency_issues: 'issue_id',
};

/** What is told of every class. */
const COMMON = {
  row_id: 'bigint',
  log_time: 'timestamptz',
  run_id: 'uuid',
  task: 'text',
  batch: 'bigint',
  identity: 'text',
};

/** Its own columns, beside when, whose and about what; those of the last group are in `detail`. */
function writer(
  table: EvidenceClass,
  about: { symbol?: 'text'; ts?: 'timestamptz' },
  detail: Record<string, 'text' | 'jsonb' | 'integer'>,
) {
  const told = { ...COMMON, ...about };
  const recorded = Object.entries({ ...told, detail: 'text' }).map(([name, type]) => `${name} ${type}`);
  const own = Object.entries(detail);
  const details = own.map(([name, type]) => `${name} ${type}`).join(', ');
  const names = [...Object.keys(about), ...own.map(([name]) => name)];
  const statement = `
    insert into operation_logs.${table} (${[idOf[table], 'log_time', 'pipeline', 'run_id', 'task', 'batch', 'identity', ...names].join(', ')})
    select row_id, log_time, $pipeline, run_id, task, batch, decode(identity, 'hex'), ${names.join(', ')}
      from jsonb_to_recordset($rows) given (${recorded.join(', ')})
     cross join lateral jsonb_to_record(given.detail::jsonb) own (${details})`;
  const [before = '', between = '', behind = ''] = statement.split(/\$pipeline|\$rows/);
  return async (tx: Tx, pipeline: string, rows: readonly Fresh[]): Promise<void> => {
    await sql`${sql.raw(before)}${pipeline}::text${sql.raw(between)}${JSON.stringify(rows)}::jsonb${sql.raw(behind)}`.execute(
      tx,
    );
  };
}

const ABOUT = { symbol: 'text', ts: 'timestamptz' } as const;

/** Writes new rows of a class. */
export const rowOf: Record<EvidenceClass, ReturnType<typeof writer>> = {
  cast_errors: writer('cast_errors', ABOUT, {
    column_name: 'text',
    raw_value: 'text',
    target_type: 'text',
    error_detail: 'text',
    policy: 'text',
    source_id: 'text',
  }),
  data_quality_errors: writer('data_quality_errors', ABOUT, {
    error_type: 'text',
    error_detail: 'text',
    rule: 'text',
    policy: 'text',
    source_id: 'text',
    sample: 'jsonb',
  }),
  dedup_conflicts: writer('dedup_conflicts', ABOUT, {
    existing_row: 'jsonb',
    incoming_row: 'jsonb',
    resolution: 'text',
    source_id: 'text',
  }),
  authority_conflicts: writer('authority_conflicts', ABOUT, {
    source_a: 'text',
    source_b: 'text',
    preferred_source: 'text',
    row_a: 'jsonb',
    row_b: 'jsonb',
    source_id: 'text',
  }),
  upsert_failures: writer('upsert_failures', ABOUT, {
    table_name: 'text',
    error_detail: 'text',
    error_code: 'text',
    rule: 'text',
    source_id: 'text',
    sample: 'jsonb',
  }),
  concurrency_issues: writer(
    'concurrency_issues',
    {},
    {
      table_name: 'text',
      lock_type: 'text',
      pid: 'integer',
      details: 'text',
      error_code: 'text',
      attempt: 'integer',
    },
  ),
};
