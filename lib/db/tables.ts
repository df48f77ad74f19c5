/** The tables of RunLog as kysely sees them; the migrations are the truth. */
import type { ColumnType, Generated, GeneratedAlways, Selectable } from 'kysely';

export type Json = Record<string, unknown>;
export type RunStatus = 'STARTED' | 'SUCCESS' | 'ERROR' | 'CANCELLED' | 'TIMEOUT';
export type Trigger = 'cron' | 'api' | 'manual';
export type Source = 'k8s' | 'local' | 'ci';
export type RequestState = 'waiting' | 'live' | 'ran' | 'skipped' | 'missed' | 'replaced' | 'cancelled';

type GeneratedTime = ColumnType<Date, Date | string | undefined, Date | string>;
type TimeOrNull = ColumnType<Date | null, Date | string | null | undefined, Date | string | null>;
type OrNull<T> = ColumnType<T | null, T | null | undefined, T | null>;
type JsonColumn = ColumnType<Json, string | undefined, string>;
type JsonOrNull = ColumnType<Json | null, string | null | undefined, string | null>;

type RunLogTable = {
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
};

type TaskRunsTable = {
  id: Generated<string>;
  run_id: string;
  name: string;
  position: Generated<number>;
  status: Generated<RunStatus>;
  attempt: Generated<number>;
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
  error_message: OrNull<string>;
};

type LogsTable = {
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

type PipelinesTable = { name: string; created_at: GeneratedTime };

type SchedulesTable = {
  schedule_id: GeneratedAlways<number>;
  pipeline: string;
  cron: string;
  timezone: string;
  valid_from: GeneratedTime;
  valid_until: TimeOrNull;
  planned_until: GeneratedTime;
  written_by: string;
  why: OrNull<string>;
};

type RunRequestsTable = {
  run_id: string;
  ordinal: GeneratedAlways<number>;
  pipeline: string;
  kind: 'slot' | 'person' | 'backfill' | 'replay';
  lane: Generated<string>;
  slot: TimeOrNull;
  params: JsonColumn;
  state: Generated<RequestState>;
  why: OrNull<string>;
  late: Generated<boolean>;
  first: Generated<boolean>;
  trigger: Trigger;
  source: Source;
  idempotency_key: OrNull<string>;
  requested_by: OrNull<string>;
  requested_at: GeneratedTime;
  deadline: TimeOrNull;
  timeout: Generated<string>;
  admitted_at: TimeOrNull;
  ended_at: TimeOrNull;
  replay_of: OrNull<string>;
  backfill_id: OrNull<string>;
};

type RunWorkTable = {
  run_id: string;
  pipeline: string;
  lane: Generated<string>;
  scope: string;
  attempt: Generated<number>;
  epoch: Generated<number>;
  lease_until: TimeOrNull;
  checkpoint: Generated<number>;
  state: JsonColumn;
  wake_at: TimeOrNull;
  deadline: TimeOrNull;
  cancel_at: TimeOrNull;
  cancel_why: OrNull<string>;
  deaths: Generated<number>;
  idle_slices: Generated<number>;
  touched: Generated<boolean>;
  blocked_since: TimeOrNull;
  blocked_why: OrNull<string>;
  blocked_told: Generated<boolean>;
};

type BatchBooksTable = {
  run_id: string;
  task: string;
  batch: number;
  aborted: Generated<boolean>;
  read: number;
  written: number;
  unchanged: number;
  deduped: number;
  rejected: number;
  failed: number;
  rejected_by: JsonColumn;
  committed_at: TimeOrNull;
};

type OutboxTable = {
  id: string;
  type: string;
  source: string;
  subject: string;
  run_id: OrNull<string>;
  checkpoint: OrNull<number>;
  extensions: JsonColumn;
  data: JsonColumn;
  time: GeneratedTime;
  due_at: GeneratedTime;
  sent_at: TimeOrNull;
  sends: Generated<number>;
  done_at: TimeOrNull;
};

type DeadLettersTable = {
  id: GeneratedAlways<number>;
  event_source: string;
  event_id: string;
  event_type: string;
  subject: OrNull<string>;
  run_id: OrNull<string>;
  attributes: JsonColumn;
  data: JsonOrNull;
  reason: string;
  error_dest: OrNull<string>;
  error_code: OrNull<number>;
  error_data: OrNull<string>;
  overtaken: Generated<boolean>;
  times: Generated<number>;
  first_seen: GeneratedTime;
  last_seen: GeneratedTime;
};

type AlertNotificationsTable = {
  id: GeneratedAlways<number>;
  subject: string;
  transition: 'failed' | 'timed-out' | 'blocked' | 'recovered' | 'missed';
  channel: 'email';
  recipient: string;
  pipeline: string;
  run_id: OrNull<string>;
  facts: JsonColumn;
  status: Generated<'pending' | 'sent' | 'failed'>;
  message_id: string;
  attempts: Generated<number>;
  lease_until: TimeOrNull;
  next_at: GeneratedTime;
  last_error: OrNull<string>;
  created_at: GeneratedTime;
  sent_at: TimeOrNull;
};

export type RunLog = {
  run_log: RunLogTable;
  task_runs: TaskRunsTable;
  logs: LogsTable;
  pipelines: PipelinesTable;
  schedules: SchedulesTable;
  run_requests: RunRequestsTable;
  run_work: RunWorkTable;
  batch_books: BatchBooksTable;
  outbox: OutboxTable;
  dead_letters: DeadLettersTable;
  alert_notifications: AlertNotificationsTable;
};

export type Run = Selectable<RunLogTable>;
export type RunRequest = Selectable<RunRequestsTable>;
export type Work = Selectable<RunWorkTable>;
export type OutboxEvent = Selectable<OutboxTable>;
export type Notification = Selectable<AlertNotificationsTable>;
