/** The tables of RunLog as kysely sees them; the migrations are the truth. */
import type { Selectable } from 'kysely';
import type { FirstAnswersTable } from './asked-tables.ts';
import type { AuditSealsTable, AuditTable } from './audit-tables.ts';
import type {
  AlertNotificationsTable,
  DeadLetterReplaysTable,
  DeadLettersTable,
  OutboxTable,
} from './event-tables.ts';
import type {
  AuthorityConflictsTable,
  BackupLogsTable,
  CastErrorsTable,
  ConcurrencyIssuesTable,
  DataQualityErrorsTable,
  DedupConflictsTable,
  EvidenceArchivesTable,
  EvidenceIdentitiesTable,
  EvidenceSightingsTable,
  PipelineWatermarksTable,
  UpsertFailuresTable,
} from './evidence-tables.ts';
import type { LogsTable, RunLogTable, TaskRunsTable } from './ledger-tables.ts';
import type { LogCountsTable, LogWritersTable } from './log-tables.ts';
import type { BackfillsTable, PausesTable, PipelinesTable, SchedulesTable } from './schedule-tables.ts';
import type { RetentionTable, TableLimitsTable, TableSizesTable } from './upkeep-tables.ts';
import type {
  AbandonedJobsTable,
  BatchBooksTable,
  RunRequestsTable,
  RunSlicesTable,
  RunWorkTable,
} from './work-tables.ts';

export type { Json } from './columns.ts';
export type { RunStatus, Source, Trigger } from './ledger-tables.ts';
export type { RequestState } from './work-tables.ts';

export type RunLog = {
  run_log: RunLogTable;
  task_runs: TaskRunsTable;
  logs: LogsTable;
  log_writers: LogWritersTable;
  log_counts: LogCountsTable;
  pipelines: PipelinesTable;
  schedules: SchedulesTable;
  pauses: PausesTable;
  backfills: BackfillsTable;
  run_requests: RunRequestsTable;
  run_work: RunWorkTable;
  run_slices: RunSlicesTable;
  abandoned_jobs: AbandonedJobsTable;
  batch_books: BatchBooksTable;
  outbox: OutboxTable;
  dead_letters: DeadLettersTable;
  dead_letter_replays: DeadLetterReplaysTable;
  alert_notifications: AlertNotificationsTable;
  first_answers: FirstAnswersTable;
  audit: AuditTable;
  audit_seals: AuditSealsTable;
  retention: RetentionTable;
  table_sizes: TableSizesTable;
  table_limits: TableLimitsTable;
  'operation_logs.data_quality_errors': DataQualityErrorsTable;
  'operation_logs.dedup_conflicts': DedupConflictsTable;
  'operation_logs.authority_conflicts': AuthorityConflictsTable;
  'operation_logs.cast_errors': CastErrorsTable;
  'operation_logs.upsert_failures': UpsertFailuresTable;
  'operation_logs.concurrency_issues': ConcurrencyIssuesTable;
  'operation_logs.pipeline_watermarks': PipelineWatermarksTable;
  'operation_logs.backup_logs': BackupLogsTable;
  evidence_identities: EvidenceIdentitiesTable;
  evidence_sightings: EvidenceSightingsTable;
  evidence_archives: EvidenceArchivesTable;
};

export type RunRequest = Selectable<RunRequestsTable>;
export type Work = Selectable<RunWorkTable>;
export type RunSlice = Selectable<RunSlicesTable>;
export type OutboxEvent = Selectable<OutboxTable>;
export type Notification = Selectable<AlertNotificationsTable>;
