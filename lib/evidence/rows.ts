/** The rows of `operation_logs` that new evidence becomes: a CTE a class. */
import { type RawBuilder, sql } from 'kysely';

export type EvidenceClass =
  | 'cast_errors'
  | 'data_quality_errors'
  | 'dedup_conflicts'
  | 'authority_conflicts'
  | 'upsert_failures'
  | 'concurrency_issues';

/** The column that numbers the rows of a class. */
export const idOf: Record<EvidenceClass, string> = {
  cast_errors: 'error_id',
  data_quality_errors: 'error_id',
  dedup_conflicts: 'conflict_id',
  authority_conflicts: 'conflict_id',
  upsert_failures: 'failure_id',
  concurrency_issues: 'issue_id',
};

type Told = Record<string, 'text' | 'jsonb' | 'integer'>;

const ABOUT = ['symbol', 'ts'];

/** What a class has of its own, in `detail`; all but one say what row they are about. */
const told: Record<EvidenceClass, Told> = {
  cast_errors: {
    column_name: 'text',
    raw_value: 'text',
    target_type: 'text',
    error_detail: 'text',
    policy: 'text',
    source_id: 'text',
  },
  data_quality_errors: {
    error_type: 'text',
    error_detail: 'text',
    rule: 'text',
    policy: 'text',
    source_id: 'text',
    sample: 'jsonb',
  },
  dedup_conflicts: { existing_row: 'jsonb', incoming_row: 'jsonb', resolution: 'text', source_id: 'text' },
  authority_conflicts: {
    source_a: 'text',
    source_b: 'text',
    preferred_source: 'text',
    row_a: 'jsonb',
    row_b: 'jsonb',
    source_id: 'text',
  },
  upsert_failures: {
    table_name: 'text',
    error_detail: 'text',
    error_code: 'text',
    rule: 'text',
    source_id: 'text',
    sample: 'jsonb',
  },
  concurrency_issues: {
    table_name: 'text',
    lock_type: 'text',
    pid: 'integer',
    details: 'text',
    error_code: 'text',
    attempt: 'integer',
  },
};

function rowsOf(of: EvidenceClass): string {
  const own = Object.entries(told[of]);
  const about = of === 'concurrency_issues' ? [] : ABOUT;
  const names = [...about, ...own.map(([name]) => name)];
  const values = own.map(([name, type]) =>
    type === 'jsonb' ? `detail -> '${name}'` : `(detail ->> '${name}')::${type}`,
  );
  return `
    ${of} as (
      insert into operation_logs.${of} (${[idOf[of], 'log_time', 'pipeline', 'run_id', 'task', 'batch', 'identity', ...names].join(', ')})
      select ${['row_id', 'log_time', 'pipeline', 'run_id', 'task', 'batch', 'identity', ...about, ...values].join(', ')}
        from new where class = '${of}')`;
}

/** CTEs that write the rows of `new`, each into the table of its class. */
export const rowsOfAll: RawBuilder<unknown> = sql.raw(
  Object.keys(told)
    .map((of) => rowsOf(of as EvidenceClass))
    .join(','),
);
