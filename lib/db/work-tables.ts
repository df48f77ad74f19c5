/** Which runs are wanted, and the live side of those that run. */
import type { Generated, GeneratedAlways } from 'kysely';
import type { GeneratedTime, JsonColumn, OrNull, TimeOrNull } from './columns.ts';
import type { Source, Trigger } from './ledger-tables.ts';

export type RequestState = 'waiting' | 'live' | 'ran' | 'skipped' | 'missed' | 'replaced' | 'cancelled';

export type RunRequestsTable = {
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
  wish_why: OrNull<string>;
  range_from: TimeOrNull;
  range_until: TimeOrNull;
  resume_from: OrNull<string>;
  tags: Generated<string[]>;
};

export type RunWorkTable = {
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
  /** How often the run failed, by class of error. */
  failures: JsonColumn;
  queued_at: GeneratedTime;
  cancel_by: OrNull<string>;
  /** The epoch of the last Job; null when the last claim was a slice's. */
  job_epoch: OrNull<number>;
};

export type AbandonedJobsTable = { run_id: string; epoch: number; since: GeneratedTime };

export type BatchBooksTable = {
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
  warned: Generated<number>;
  quarantined: Generated<number>;
  warned_by: JsonColumn;
};

export type RunSlicesTable = {
  run_id: string;
  epoch: number;
  attempt: number;
  checkpoint: number;
  queued_at: Date;
  claimed_at: GeneratedTime;
  left_at: TimeOrNull;
  left_as: OrNull<'paused' | 'retry' | 'blocked' | 'ended' | 'died'>;
  error_class: OrNull<string>;
  error_code: OrNull<string>;
  error_message: OrNull<string>;
  cold_start_ms: OrNull<number>;
  code: OrNull<string>;
  revision: OrNull<string>;
  instance: OrNull<string>;
  config_hash: OrNull<string>;
};
