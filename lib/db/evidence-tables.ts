/** Why rows were not taken as they came: the tables of `operation_logs`, and what has been seen when. */
import type { Generated } from 'kysely';
import type { GeneratedTime, JsonOrNull, OrNull, TimeOrNull } from './columns.ts';

type Policy = 'reject' | 'warn' | 'quarantine' | 'abort';

/** Of the batch that saw it first; rows that others write by hand have none of it. */
type Sighted = {
  log_time: GeneratedTime;
  pipeline: OrNull<string>;
  run_id: OrNull<string>;
  task: OrNull<string>;
  batch: OrNull<number>;
  identity: OrNull<Buffer>;
};

export type DataQualityErrorsTable = Sighted & {
  error_id: Generated<number>;
  symbol: OrNull<string>;
  ts: TimeOrNull;
  error_type: OrNull<string>;
  error_detail: OrNull<string>;
  rule: OrNull<string>;
  policy: OrNull<Policy>;
  source_id: OrNull<string>;
  sample: JsonOrNull;
};

export type DedupConflictsTable = Sighted & {
  conflict_id: Generated<number>;
  symbol: OrNull<string>;
  ts: TimeOrNull;
  existing_row: JsonOrNull;
  incoming_row: JsonOrNull;
  resolution: OrNull<string>;
  source_id: OrNull<string>;
};

export type AuthorityConflictsTable = Sighted & {
  conflict_id: Generated<number>;
  symbol: OrNull<string>;
  ts: TimeOrNull;
  source_a: OrNull<string>;
  source_b: OrNull<string>;
  preferred_source: OrNull<string>;
  source_id: OrNull<string>;
  row_a: JsonOrNull;
  row_b: JsonOrNull;
};

export type CastErrorsTable = Sighted & {
  error_id: Generated<number>;
  symbol: OrNull<string>;
  column_name: OrNull<string>;
  raw_value: OrNull<string>;
  target_type: OrNull<string>;
  error_detail: OrNull<string>;
  ts: TimeOrNull;
  policy: OrNull<Policy>;
  source_id: OrNull<string>;
};

export type UpsertFailuresTable = Sighted & {
  failure_id: Generated<number>;
  table_name: OrNull<string>;
  symbol: OrNull<string>;
  ts: TimeOrNull;
  error_detail: OrNull<string>;
  error_code: OrNull<string>;
  rule: OrNull<string>;
  source_id: OrNull<string>;
  sample: JsonOrNull;
};

export type ConcurrencyIssuesTable = Sighted & {
  issue_id: Generated<number>;
  table_name: OrNull<string>;
  lock_type: OrNull<string>;
  pid: OrNull<number>;
  details: OrNull<string>;
  error_code: OrNull<string>;
  attempt: OrNull<number>;
};

export type PipelineWatermarksTable = {
  pipeline_name: string;
  last_processed_ts: TimeOrNull;
  status: OrNull<string>;
  updated_at: GeneratedTime;
  pipeline: OrNull<string>;
  lane: OrNull<string>;
  task: OrNull<string>;
  run_id: OrNull<string>;
  batch: OrNull<number>;
  /** As text. */
  lag: OrNull<string>;
  horizon: OrNull<string>;
};

export type BackupLogsTable = {
  backup_id: Generated<number>;
  backup_type: OrNull<string>;
  file_path: OrNull<string>;
  status: OrNull<string>;
  started_at: TimeOrNull;
  completed_at: TimeOrNull;
  log_time: GeneratedTime;
  run_id: OrNull<string>;
  bytes: OrNull<number>;
  checksum: OrNull<string>;
  error_detail: OrNull<string>;
  details: JsonOrNull;
};

export type EvidenceIdentitiesTable = { identity: Buffer; class: string; row_id: number; log_time: Date };

export type EvidenceSightingsTable = {
  run_id: string;
  task: string;
  batch: number;
  identity: Buffer;
  count: Generated<number>;
  aborted: Generated<boolean>;
};

export type EvidenceArchivesTable = {
  part: string;
  table_name: string;
  from_time: Date;
  until_time: Date;
  file: string;
  rows: number;
  bytes: number;
  sha256: string;
  columns: string[];
  archived_at: GeneratedTime;
  dropped_at: TimeOrNull;
  held_until: TimeOrNull;
};
