/** The tables of `operation_logs` that grow: their own columns, and what can be asked of them. */

/** Columns that a batch leaves in each of them; rows that others write by hand have none of it. */
const SIGHTED = ['log_time', 'pipeline', 'run_id', 'task', 'batch', 'identity'] as const;

export type Filterable =
  | 'symbol'
  | 'ts'
  | 'pipeline'
  | 'run_id'
  | 'task'
  | 'error_type'
  | 'error_code'
  | 'rule'
  | 'policy'
  | 'column'
  | 'table'
  | 'status';

type LogClass = {
  /** Its serial number. */
  id: string;
  columns: readonly string[];
  /** Filters, and the column that each is about where it is called otherwise. */
  filters: Partial<Record<Filterable, string>>;
};

const of = (...names: Exclude<Filterable, 'column' | 'table'>[]) =>
  Object.fromEntries(['pipeline', 'run_id', 'task', ...names].map((name) => [name, name]));

/** By the promised names. */
export const logClasses = {
  data_quality_errors: {
    id: 'error_id',
    columns: [
      'symbol',
      'ts',
      'error_type',
      'error_detail',
      ...SIGHTED,
      'rule',
      'policy',
      'source_id',
      'sample',
    ],
    filters: of('symbol', 'ts', 'error_type', 'rule', 'policy'),
  },
  dedup_conflicts: {
    id: 'conflict_id',
    columns: ['symbol', 'ts', 'existing_row', 'incoming_row', 'resolution', ...SIGHTED, 'source_id'],
    filters: of('symbol', 'ts'),
  },
  authority_conflicts: {
    id: 'conflict_id',
    columns: [
      ...['symbol', 'ts', 'source_a', 'source_b', 'preferred_source'],
      ...SIGHTED,
      ...['source_id', 'row_a', 'row_b'],
    ],
    filters: of('symbol', 'ts'),
  },
  cast_errors: {
    id: 'error_id',
    columns: [
      ...['symbol', 'column_name', 'raw_value', 'target_type', 'error_detail'],
      ...SIGHTED,
      ...['ts', 'policy', 'source_id'],
    ],
    filters: { ...of('symbol', 'ts', 'policy'), column: 'column_name' },
  },
  upsert_failures: {
    id: 'failure_id',
    columns: [
      ...['table_name', 'symbol', 'ts', 'error_detail'],
      ...SIGHTED,
      ...['error_code', 'rule', 'source_id', 'sample'],
    ],
    filters: { ...of('symbol', 'ts', 'rule', 'error_code'), table: 'table_name' },
  },
  concurrency_issues: {
    id: 'issue_id',
    columns: ['table_name', 'lock_type', 'pid', 'details', ...SIGHTED, 'error_code', 'attempt'],
    filters: { ...of('error_code'), table: 'table_name' },
  },
  backup_logs: {
    id: 'backup_id',
    columns: [
      ...['backup_type', 'file_path', 'status', 'started_at', 'completed_at', 'log_time', 'run_id'],
      ...['bytes', 'checksum', 'error_detail', 'details'],
    ],
    filters: { status: 'status' },
  },
} as const satisfies Record<string, LogClass>;

export type LogClassName = keyof typeof logClasses;

/** One of them, with its name. */
export const logClass = (name: LogClassName): LogClass & { table: string } => ({
  ...logClasses[name],
  table: `operation_logs.${name}`,
});

export const isLogClass = (name: string): name is LogClassName => Object.hasOwn(logClasses, name);
