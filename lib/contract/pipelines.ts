/** What there is to run. */
import * as z from 'zod';
import { Cursor, IfNoneMatch, PipelineName } from './asked.ts';
import { LogLevel } from './log-line.ts';
import { operation } from './operation.ts';
import { RunRow } from './run-row.ts';
import { Cadence } from './schedules.ts';
import { CountOrNull, Members, TextOrNull, Time, TimeOrNull } from './told.ts';

const MOST = 200;

const SecondsOrNull = z.number().nullable();
const Overlap = z.enum(['skip', 'queue', 'queue-all', 'replace', 'allow']);
const Backoff = z.object({
  attempts: z.int().meta({ description: 'Tries in all.' }),
  backoff: z.number().meta({ description: 'Seconds: the longest pause before the second try.' }),
  longest: z.number().meta({ description: 'Seconds that no pause exceeds.' }),
});

const Policies = z.object({
  overlap: z.object({ slots: Overlap, people: Overlap }),
  lanes: z.boolean().meta({ description: 'Whether params decide in which lane a run is.' }),
  misfire: z.object({
    policy: z.enum(['none', 'last', 'all']),
    max_slots: z.int(),
    max_age_ms: z.number(),
  }),
  retry: Backoff.extend({ per: z.record(z.string(), Backoff.partial()) }),
  deadline: SecondsOrNull.meta({
    description: 'Seconds after which a slot that has not begun is missed; null: at the next slot.',
  }),
  timeout: z.number().meta({ description: 'Seconds that a run may take in all.' }),
  pause_after: CountOrNull.meta({
    description: 'Failures in a row after which the schedule pauses by itself.',
  }),
});

const Task = z.object({
  name: z.string(),
  moves_rows: z.boolean().meta({ description: 'Whether its rows are rows of the source.' }),
  timeout: SecondsOrNull,
  heartbeat: SecondsOrNull,
});

const Watermark = z.object({
  name: z.string(),
  status: TextOrNull.meta({
    description: '`CURRENT`; `READING`: a window is open; `DEGRADED`: its source lags too far behind.',
  }),
  reached: TimeOrNull.meta({ description: "The source's time up to which everything was read." }),
  lag_ms: z.number().nullable().meta({
    description: "How long the source's oldest transaction had been open, at most; null: unknown.",
  }),
  updated_at: TimeOrNull,
  run_id: TextOrNull,
});

const PipelineEntry = z
  .object({
    name: z.string(),
    defined: z.boolean().meta({ description: 'False: its file is gone, and nothing of it can be run.' }),
    default: z.boolean(),
    tags: z.array(z.string()),
    health: z.enum(['ok', 'failing', 'unknown']).meta({
      description: 'How its last run ended that was not cancelled.',
    }),
    reconciles: TextOrNull.meta({ description: 'The pipeline whose reports it compares with their source.' }),
    reconciled_by: TextOrNull.meta({ description: 'The pipeline that reconciles this one.' }),
    watermarks: z
      .array(Watermark)
      .meta({ description: 'How far its source was read; one for each lane and ingest.' }),
    last_run: RunRow.pick({
      run_id: true,
      status: true,
      started_at: true,
      finished_at: true,
      duration_ms: true,
      error_code: true,
      error_message: true,
    }).nullable(),
    paused: z.object({ since: Time, by: z.string(), why: z.string(), automatic: z.boolean() }).nullable(),
    schedule: Cadence.extend({
      origin: z.enum(['file', 'override']),
      since: Time,
      by: z.string(),
      why: TextOrNull,
    })
      .nullable()
      .meta({ description: 'The one in force.' }),
    file_schedule: Cadence.nullable().meta({ description: 'What its file says.' }),
    next_slots: z.array(Time).meta({ description: 'They are skipped while it is paused.' }),
    policies: Policies.nullable(),
    params: Members.nullable().meta({ description: 'JSON Schema of what a run may be asked for with.' }),
    tasks: z.array(Task),
    log_level: LogLevel.meta({ description: 'The least that is kept of what its runs log.' }),
  })
  .meta({ id: 'Pipeline' });

const headers = z.object({ 'if-none-match': IfNoneMatch });

export const listPipelines = operation({
  method: 'GET',
  path: '/pipelines',
  tag: 'Pipelines',
  id: 'listPipelines',
  summary: 'The pipelines, by name.',
  headers,
  query: z.strictObject({
    limit: z.coerce
      .number<string>()
      .int()
      .min(1)
      .max(MOST)
      .default(MOST)
      .meta({
        override: { type: 'integer', minimum: 1, maximum: MOST, default: MOST },
        description: 'How many at most.',
      }),
    cursor: Cursor.optional(),
  }),
  answers: {
    200: { says: 'A page of pipelines.', body: z.array(PipelineEntry), headers: ['link', 'etag'] },
    304: { says: 'They are as you know them.', headers: ['etag'] },
  },
});

export const getPipeline = operation({
  method: 'GET',
  path: '/pipelines/:name',
  tag: 'Pipelines',
  id: 'getPipeline',
  summary: 'One pipeline, with its params as JSON Schema.',
  segments: z.object({ name: PipelineName }),
  headers,
  answers: {
    200: { says: 'The pipeline.', body: PipelineEntry, headers: ['etag'] },
    304: { says: 'It is as you know it.', headers: ['etag'] },
    404: { says: 'There is no such pipeline.' },
  },
});
