/** How much is logged, how bad it is, and how long there is room for it. */
import * as z from 'zod';
import { LogLevel, LogType } from './log-line.ts';
import { operation } from './operation.ts';
import { CountOrNull, Time } from './told.ts';

const LogMetrics = z
  .object({
    at: Time,
    by_type: z.array(
      z.object({
        type: LogType,
        count: z.int(),
        estimated: z.boolean().meta({ description: 'From 500,000 on it is what the planner believes.' }),
      }),
    ),
    last_hour: z.object({
      by_level: z.array(
        z.object({
          level: LogLevel,
          count: z.int(),
          at_least: z.boolean().meta({ description: 'Counting was broken off at 500,000: there are more.' }),
        }),
      ),
      error_rates: z
        .array(
          z.object({
            job_run_id: z.guid(),
            errors: z.int(),
            total_logs: z.int(),
            error_rate: z.number().meta({ description: 'Errors among all lines of the run, in percent.' }),
          }),
        )
        .meta({ description: 'The runs that have errors, those with most first; 100 at most.' }),
    }),
    growth: z.object({
      bytes: z.int().meta({ description: 'All that is kept, with its indexes.' }),
      lines: CountOrNull.meta({ description: 'As the planner believes, like all counts of lines here.' }),
      new_bytes_per_day: CountOrNull.meta({
        description: 'The mean of the last seven whole days; null before there is one.',
      }),
      new_lines_per_day: CountOrNull,
      bytes_per_day: CountOrNull.meta({
        description: 'By how much the table grows, what retention drops taken off: as `GET /tables` has it.',
      }),
      limit_bytes: CountOrNull,
      days_to_limit: CountOrNull.meta({ description: 'As `GET /tables` has it.' }),
      days: z
        .array(z.object({ day: z.iso.date(), bytes: z.int(), lines: CountOrNull }))
        .meta({ description: 'Each day that is kept, in UTC, today first.' }),
    }),
  })
  .meta({ id: 'LogMetrics' });

export type LogMetrics = z.output<typeof LogMetrics>;

export const getLogMetrics = operation({
  method: 'GET',
  path: '/api/v1/logs/metrics',
  tag: 'Logs',
  id: 'getLogMetrics',
  summary: 'How much is logged, how bad it is, and how long there is room for it.',
  answers: { 200: { says: 'The figures of now.', body: LogMetrics } },
});
