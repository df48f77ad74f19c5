/** The rows of `operation_logs`: the promised columns, and what stands beside them. */
import * as z from 'zod';
import { CountOrNull, IdOrNull, TextOrNull, Time, TimeOrNull } from './told.ts';

const JsonOrNull = z
  .unknown()
  .meta({ description: 'As far as the policy of its columns lets it be stored.' });

const Sighting = z
  .object({ task: z.string(), batch: z.int(), count: z.int(), aborted: z.boolean() })
  .meta({ description: 'Only where `run_id` is asked: in which batch of it, and in how many of its rows.' });

const sighted = {
  log_time: Time.meta({ description: 'When it was first seen.' }),
  pipeline: TextOrNull,
  run_id: IdOrNull.meta({ description: 'Of the first sight, like `task` and `batch`.' }),
  task: TextOrNull,
  batch: CountOrNull,
  identity: TextOrNull.meta({
    description: 'What is the same in every sight of it; null: written by others.',
  }),
  sightings: z
    .number()
    .meta({ description: 'In how many rows it was seen so far, in 1,000 batches at most.' }),
  sighting: Sighting.exactOptional(),
};
const about = { symbol: TextOrNull, ts: TimeOrNull };

const DataQualityError = z
  .object({
    error_id: z.int(),
    ...about,
    error_type: TextOrNull.meta({ examples: ['constraint_violation', 'fractional_volume'] }),
    error_detail: TextOrNull,
    ...sighted,
    rule: TextOrNull,
    policy: TextOrNull,
    source_id: TextOrNull,
    sample: JsonOrNull,
  })
  .meta({ id: 'DataQualityError' });

const DedupConflict = z
  .object({
    conflict_id: z.int(),
    ...about,
    existing_row: JsonOrNull,
    incoming_row: JsonOrNull,
    resolution: TextOrNull,
    ...sighted,
    source_id: TextOrNull,
  })
  .meta({ id: 'DedupConflict' });

const AuthorityConflict = z
  .object({
    conflict_id: z.int(),
    ...about,
    source_a: TextOrNull,
    source_b: TextOrNull,
    preferred_source: TextOrNull,
    ...sighted,
    source_id: TextOrNull,
    row_a: JsonOrNull,
    row_b: JsonOrNull,
  })
  .meta({ id: 'AuthorityConflict' });

const CastError = z
  .object({
    error_id: z.int(),
    symbol: TextOrNull,
    column_name: TextOrNull,
    raw_value: TextOrNull,
    target_type: TextOrNull,
    error_detail: TextOrNull,
    ...sighted,
    ts: TimeOrNull,
    policy: TextOrNull,
    source_id: TextOrNull,
  })
  .meta({ id: 'CastError' });

const UpsertFailure = z
  .object({
    failure_id: z.int(),
    table_name: TextOrNull,
    ...about,
    error_detail: TextOrNull,
    ...sighted,
    error_code: TextOrNull,
    rule: TextOrNull,
    source_id: TextOrNull,
    sample: JsonOrNull,
  })
  .meta({ id: 'UpsertFailure' });

const ConcurrencyIssue = z
  .object({
    issue_id: z.int(),
    table_name: TextOrNull,
    lock_type: TextOrNull,
    pid: CountOrNull,
    details: TextOrNull,
    ...sighted,
    error_code: TextOrNull,
    attempt: CountOrNull,
  })
  .meta({ id: 'ConcurrencyIssue' });

const BackupLog = z
  .object({
    backup_id: z.int(),
    backup_type: TextOrNull,
    file_path: TextOrNull,
    status: TextOrNull,
    started_at: TimeOrNull,
    completed_at: TimeOrNull,
    log_time: Time,
    run_id: IdOrNull,
    bytes: z.number().nullable(),
    checksum: TextOrNull,
    error_detail: TextOrNull,
    details: z.unknown(),
  })
  .meta({ id: 'BackupLog' });

export const Watermark = z
  .object({
    pipeline_name: z.string().meta({ description: 'With the lane and the task where there are several.' }),
    last_processed_ts: TimeOrNull,
    status: TextOrNull,
    updated_at: TimeOrNull,
    pipeline: TextOrNull,
    lane: TextOrNull,
    task: TextOrNull,
    run_id: IdOrNull,
    batch: CountOrNull,
    horizon: TextOrNull.meta({ description: 'The transaction of the source up to which it was read.' }),
    lag_seconds: z.number().nullable().meta({ description: 'How far it lay behind when it was written.' }),
    behind_seconds: z
      .number()
      .nullable()
      .meta({ description: 'How long ago `last_processed_ts` is by now.' }),
  })
  .meta({ id: 'Watermark' });

export const OperationRow = z.union([
  DataQualityError,
  DedupConflict,
  AuthorityConflict,
  CastError,
  UpsertFailure,
  ConcurrencyIssue,
  BackupLog,
  Watermark,
]);
