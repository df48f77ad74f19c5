/** When runs are expected: schedules, pauses, and ranges asked for again. */
import type { Generated, GeneratedAlways } from 'kysely';
import type { GeneratedTime, JsonColumn, OrNull, TimeOrNull } from './columns.ts';

export type PipelinesTable = {
  name: string;
  created_at: GeneratedTime;
  pause_after: OrNull<number>;
  watermark_reset: OrNull<string>;
  watermark_reset_at: OrNull<Date>;
  log_level: OrNull<'debug' | 'info' | 'warn' | 'error'>;
};

export type SchedulesTable = {
  schedule_id: GeneratedAlways<number>;
  pipeline: string;
  cron: string;
  timezone: string;
  valid_from: GeneratedTime;
  valid_until: TimeOrNull;
  planned_until: GeneratedTime;
  written_by: string;
  why: OrNull<string>;
  origin: Generated<'file' | 'override'>;
  gap: Generated<'skip' | 'once'>;
  overlap: Generated<'skip' | 'once' | 'both'>;
  closed_by: OrNull<string>;
  close_why: OrNull<string>;
};

export type PausesTable = {
  pause_id: GeneratedAlways<number>;
  pipeline: string;
  paused_at: GeneratedTime;
  paused_by: string;
  why: string;
  automatic: Generated<boolean>;
  resumed_at: TimeOrNull;
  resumed_by: OrNull<string>;
  resume_why: OrNull<string>;
};

export type BackfillsTable = {
  backfill_id: string;
  pipeline: string;
  range_from: Date;
  range_until: Date;
  reprocess: 'none' | 'failed' | 'all';
  newest_first: Generated<boolean>;
  concurrency: number;
  params: JsonColumn;
  slots: number;
  requested_by: OrNull<string>;
  why: OrNull<string>;
  created_at: GeneratedTime;
  ended_at: TimeOrNull;
  cancelled_at: TimeOrNull;
  cancelled_by: OrNull<string>;
  cancel_why: OrNull<string>;
};
