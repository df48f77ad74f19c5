/** What is recorded of runs. */
import type { ColumnType, Generated, GeneratedAlways } from 'kysely';
import type { GeneratedTime, JsonOrNull, OrNull, TimeOrNull } from './columns.ts';

export type RunStatus = 'STARTED' | 'SUCCESS' | 'ERROR' | 'CANCELLED' | 'TIMEOUT';
export type Trigger = 'cron' | 'api' | 'manual';
export type Source = 'k8s' | 'local' | 'ci';

export type RunLogTable = {
  run_id: Generated<string>;
  status: Generated<RunStatus>;
  started_at: GeneratedTime;
  finished_at: TimeOrNull;
  duration_ms: GeneratedAlways<number | null>;
  component: string;
  trigger: OrNull<Trigger>;
  source: OrNull<Source>;
  error_code: OrNull<string>;
  error_message: OrNull<string>;
  error_stack: OrNull<string>;
  meta: JsonOrNull;
  tags: Generated<string[]>;
};

export type TaskRunsTable = {
  id: Generated<string>;
  run_id: string;
  name: string;
  position: Generated<number>;
  status: Generated<RunStatus>;
  attempt: Generated<number>;
  /** When its present attempt began. */
  attempt_since: GeneratedTime;
  started_at: GeneratedTime;
  finished_at: TimeOrNull;
  duration_ms: GeneratedAlways<number | null>;
  moves_rows: Generated<boolean>;
  read: OrNull<number>;
  written: OrNull<number>;
  unchanged: OrNull<number>;
  deduped: OrNull<number>;
  rejected: OrNull<number>;
  failed: OrNull<number>;
  progress: JsonOrNull;
  meta: JsonOrNull;
  error_message: OrNull<string>;
  warned: OrNull<number>;
  quarantined: OrNull<number>;
};

export type LogsTable = {
  id: Generated<number>;
  type: Generated<'system' | 'job' | 'task'>;
  job_run_id: OrNull<string>;
  task_run_id: OrNull<string>;
  timestamp: ColumnType<Date, string | undefined, never>;
  level: Generated<'info' | 'error' | 'warn' | 'debug'>;
  stream: Generated<'stdout' | 'stderr' | 'system'>;
  message: string;
  metadata: JsonOrNull;
  created_at: GeneratedTime;
  attempt: OrNull<number>;
  epoch: OrNull<number>;
};
