/** Lines from outside, under the same rules as our own; and how much is kept of what a pipeline says. */
import * as z from 'zod';
import { Reason } from '../http/wish.ts';
import { Instant, PipelineName, RunId } from './asked.ts';
import { TaskRunId } from './log-filter.ts';
import { LogLevel, LogStream, LogType } from './log-line.ts';
import { operation } from './operation.ts';

/** Lines of a request, at most. */
export const MOST_LINES = 5000;
/** Characters of a message. */
const LONGEST_MESSAGE = 16 * 1024;
/** Characters of metadata as JSON. */
export const LONGEST_METADATA = 64 * 1024;
/** Seconds by which a sender's clock may be ahead. */
export const AHEAD = 5 * 60;

export const LineFromOutside = z
  .strictObject({
    type: LogType.default('system').meta({
      description: 'It decides which ids there must be: `system` none, `job` the first, `task` both.',
    }),
    job_run_id: RunId.nullable().default(null),
    task_run_id: TaskRunId.nullable().default(null),
    timestamp: Instant.nullable()
      .default(null)
      .meta({
        override: { type: ['string', 'null'], format: 'date-time' },
        description: `When it was said, with its zone; without one, now. Of a day that is kept, and at most ${AHEAD / 60} minutes ahead.`,
      }),
    level: LogLevel.default('info'),
    stream: LogStream.default('system'),
    message: z.string().min(1).max(LONGEST_MESSAGE),
    metadata: z
      .record(z.string(), z.unknown())
      .nullable()
      .default(null)
      .meta({
        description: `A JSON object of at most ${LONGEST_METADATA} characters.`,
      }),
  })
  .meta({
    id: 'LineFromOutside',
    examples: [{ level: 'warn', message: 'disk is 91 % full', metadata: { host: 'feed-1' } }],
  });

export type LineFromOutside = z.output<typeof LineFromOutside>;

const Taken = z
  .object({
    lines: z.int().meta({ description: 'How many lines there were; blank ones do not count.' }),
    written: z.int().meta({ description: 'How many of them are in the log now.' }),
    refused: z.array(
      z.object({
        line: z.int().meta({ description: 'Which line of the body, from 1.' }),
        reason: z.string(),
      }),
    ),
  })
  .meta({ id: 'LinesTaken' });

export const writeLogs = operation({
  method: 'POST',
  path: '/api/v1/logs',
  tag: 'Logs',
  id: 'writeLogs',
  summary: 'Takes lines from outside, one JSON object a line (NDJSON).',
  detail: `Every line is written or refused by itself, with its reason: look at \`refused\`. What is written is committed when
the answer comes. Lines of runs that other programs wrote into \`run_log\` are welcome; a run or task that is not there is refused.
Secrets in messages and metadata are hidden as in our own lines. Lines from outside have no \`attempt\` and no \`epoch\`, by which they
are told from what a run of KubeScribe said. There is no \`Idempotency-Key\`: what is sent twice is there twice.
At most ${MOST_LINES} lines and 1 MiB a request.`,
  lines: LineFromOutside,
  answers: { 200: { says: 'What became of the lines.', body: Taken } },
});

export const setLogLevel = operation({
  method: 'PUT',
  path: '/pipelines/:name/log-level',
  tag: 'Logs',
  id: 'setLogLevel',
  summary: 'Says how much is kept of what the runs of a pipeline log.',
  detail: `Runs that are live heed it within seconds. That a run or task begins, fails or ends is always kept.`,
  segments: z.object({ name: PipelineName }),
  body: z
    .strictObject({
      level: LogLevel.meta({ description: 'The least that is kept; `info` where nobody said another.' }),
      why: Reason.exactOptional(),
    })
    .meta({ examples: [{ level: 'debug', why: 'it skips rows and we do not know which' }] }),
  answers: {
    200: {
      says: 'The level in force.',
      body: z.object({
        pipeline: z.string(),
        level: LogLevel,
        changed: z.boolean().meta({ description: 'False when it was so before.' }),
      }),
    },
    404: { says: 'There is no such pipeline.' },
  },
});
