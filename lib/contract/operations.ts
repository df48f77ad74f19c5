/** The operation logs: why rows were not taken as they came, how far pipelines have read, backups. */
import * as z from 'zod';
import { Cursor, Instant, Limit, Name, RunId } from './asked.ts';
import { operation } from './operation.ts';
import { OperationRow, Watermark } from './operation-rows.ts';
import { Time } from './told.ts';

const CLASSES = [
  ...['data_quality_errors', 'dedup_conflicts', 'authority_conflicts', 'cast_errors', 'upsert_failures'],
  ...['concurrency_issues', 'pipeline_watermarks', 'backup_logs'],
];

/** The promised name of a table; dashes will do. */
const ClassName = z
  .string()
  .transform((text) => text.replaceAll('-', '_'))
  .meta({ override: { type: 'string', enum: CLASSES }, description: 'A table of `operation_logs`.' });

const from = Instant.optional().meta({ description: 'Written at or after it (`log_time`).' });
const to = Instant.optional().meta({ description: 'Written before it.' });
const pipeline = Name.optional();

export const listOperations = operation({
  method: 'GET',
  path: '/api/v1/operations/:class',
  tag: 'Operations',
  id: 'listOperations',
  summary: 'The rows of one of the eight operation logs, newest first.',
  detail: `Each identity (pipeline, key or source row, rule, values) has one row, at its first sight; \`sightings\` counts.
With \`run_id\` it is what that run saw, also what was first seen before it, in the order of its batches; what others wrote
by hand comes without it. A filter that the table has no column for is a 400. Beside \`symbol\` or \`pipeline\`, the other
filters are tried on 20,000 rows at most: a page may have fewer than \`limit\`, even none, and a \`next\` all the same.`,
  segments: z.object({ class: ClassName }),
  query: z.strictObject({
    symbol: Name.optional(),
    ts_from: Instant.optional().meta({ description: 'Of rows of that time (`ts`) or later.' }),
    ts_to: Instant.optional().meta({ description: 'Of rows of a time before it.' }),
    from,
    to,
    pipeline,
    run_id: RunId.optional(),
    task: Name.optional(),
    error_type: Name.optional(),
    error_code: Name.optional().meta({ description: 'Of PostgreSQL, such as 40P01.' }),
    rule: Name.optional(),
    policy: z.enum(['reject', 'warn', 'quarantine', 'abort']).optional(),
    column: Name.optional(),
    table: Name.optional().meta({ description: 'The table that was written.' }),
    status: Name.optional(),
    limit: Limit,
    cursor: Cursor.optional(),
  }),
  answers: {
    200: { says: 'A page of them.', body: z.array(OperationRow), headers: ['link'] },
    404: { says: 'There is no such class.' },
  },
});

const Bucket = z.object({ at: Time, count: z.int() });
const AtLeast = z.boolean().meta({ description: 'Counting was broken off: there are more.' });

const OperationCount = z
  .object({
    class: z.string(),
    count: z
      .int()
      .meta({ description: 'Rows that were first seen in the time; at most 500,000 are counted.' }),
    at_least: AtLeast,
    trend: z.array(Bucket).meta({ description: 'The same by hour or day, in UTC, the oldest first.' }),
  })
  .meta({ id: 'OperationCount' });

export const countOperations = operation({
  method: 'GET',
  path: '/api/v1/operations',
  tag: 'Operations',
  id: 'countOperations',
  summary: 'How much of each class there was, and when.',
  detail: 'Left out, the time is the last day by hours. `GET /api/v1/watermarks` has the eighth class.',
  query: z.strictObject({
    from,
    to,
    by: z.enum(['hour', 'day']).optional().meta({ description: 'Left out: hours, above three days, days.' }),
    pipeline,
  }),
  answers: {
    200: {
      says: 'The counts by class.',
      body: z.object({ from: Time, to: Time, by: z.enum(['hour', 'day']), classes: z.array(OperationCount) }),
    },
  },
});

const SightingCount = z
  .object({
    class: z.string(),
    identities: z.int(),
    sightings: z.number().meta({ description: 'In how many rows they were seen.' }),
    at_least: AtLeast,
  })
  .meta({ id: 'SightingCount' });

export const countRunOperations = operation({
  method: 'GET',
  path: '/runs/:run_id/operations',
  tag: 'Operations',
  id: 'countRunOperations',
  summary: 'What a run saw of each class.',
  detail:
    'The rows themselves: `GET /api/v1/operations/{class}?run_id=…`. A run that nobody knows has seen nothing.',
  segments: z.object({ run_id: RunId }),
  answers: { 200: { says: 'The counts by class.', body: z.array(SightingCount) } },
});

export const listWatermarks = operation({
  method: 'GET',
  path: '/api/v1/watermarks',
  tag: 'Operations',
  id: 'listWatermarks',
  summary: 'How far each pipeline has read its source, by name.',
  query: z.strictObject({ pipeline, status: Name.optional(), limit: Limit, cursor: Cursor.optional() }),
  answers: { 200: { says: 'A page of them.', body: z.array(Watermark), headers: ['link'] } },
});
