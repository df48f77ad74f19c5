/** The log as it is written: lines that come by themselves, and what else a stream says. */
import * as z from 'zod';
import { logFilter } from './log-filter.ts';
import { LogLine } from './log-line.ts';
import { operation } from './operation.ts';
import { RunStatus } from './run-row.ts';

const idOf = (description: string) =>
  z.coerce
    .number<string>()
    .int()
    .min(0)
    .max(Number.MAX_SAFE_INTEGER)
    .optional()
    .meta({ override: { type: 'integer', minimum: 0 }, description });

const query = z.strictObject({
  ...logFilter,
  after: idOf(
    'Begins after the line of this id. Without it a stream of a run, of a task, or `from` a time begins with its first line, and one of all with what comes from now on.',
  ),
  until: idOf('Ends when the lines up to this id are told: the way to fetch what a `gap` names.'),
});

/** In place of lines for which a client was too slow. */
const LogGap = z
  .object({
    from: z.int().meta({ description: 'The id of the first line that was left out.' }),
    to: z.int().meta({ description: 'The id of the last one.' }),
  })
  .meta({
    id: 'LogGap',
    description: 'Lines that were left out; `after` = `from` - 1 with `until` = `to` has them.',
  });

/** The last word of a stream that has an end. */
export const LogEnd = z
  .object({
    why: z.enum(['run-over', 'until']),
    job_run_id: z.guid().nullable(),
    status: RunStatus.nullable().meta({
      description: 'How the run ended; null: it never began, or is no longer there, or goes on (`until`).',
    }),
  })
  .meta({ id: 'LogEnd' });

const WORDS = `Every line comes once and in the order of \`id\`, which is the order in which they were taken in; what a stream of one
replica began a stream of any other continues. \`gap\` comes when a client reads too slowly, \`end\` when the run is over
and all its lines were told. A stream lasts ten minutes at most: come again with the last id.`;

export const streamLogs = operation({
  method: 'GET',
  path: '/api/v1/logs/stream/sse',
  tag: 'Logs',
  id: 'streamLogs',
  summary: 'Lines as they are written, as Server-Sent Events.',
  detail: `${WORDS}

A line is a message whose data is a \`LogLine\` and whose \`id\` is the line's. \`event: gap\` has a \`LogGap\`, \`event: end\` a
\`LogEnd\`. A comment comes every 15 s if nothing else does.`,
  query,
  headers: z.object({
    'last-event-id': idOf('What browsers send when they come again; it wins over `after`.'),
  }),
  answers: {
    200: {
      says: 'The stream; the data of each message is one of these.',
      media: 'text/event-stream',
      body: z.union([LogLine, LogGap, LogEnd]),
      headers: ['x-accel-buffering'],
    },
    404: { says: 'There is no such run, and none was asked for under this id.' },
  },
});

export const openLogSocket = operation({
  method: 'GET',
  path: '/api/v1/logs/stream/ws',
  tag: 'Logs',
  id: 'openLogSocket',
  summary: 'Lines as they are written, through a WebSocket.',
  detail: `${WORDS}

Each message is a JSON object: a \`LogLine\`, a \`LogGap\` with \`"event":"gap"\`, or a \`LogEnd\` with \`"event":"end"\`, after which the
socket is closed with 1000. It is closed with 1012 when the server stops and with 1001 when it has lasted long enough:
come again with the last id. What a client says is not listened to.`,
  query,
  answers: {
    101: { says: 'The connection is a WebSocket.' },
    403: { says: 'A page of another site asked (`Origin`).' },
    404: { says: 'There is no such run, and none was asked for under this id.' },
    426: { says: 'The request is for no WebSocket, or its host cannot serve one.', headers: ['upgrade'] },
  },
});

export const getStreamStatus = operation({
  method: 'GET',
  path: '/api/v1/logs/stream/status',
  tag: 'Logs',
  id: 'getStreamStatus',
  summary: 'How the streams of the process that answers are doing.',
  answers: {
    200: {
      says: 'Its connections, how far behind they are, and what was left out.',
      body: z.object({
        process: z
          .string()
          .nullable()
          .meta({ description: 'Which of several: the name of its machine or pod.' }),
        connections: z.object({ sse: z.int(), ws: z.int() }),
        listening: z.boolean().meta({ description: 'Whether RunLog wakes it; else it looks each second.' }),
        position: z
          .int()
          .nullable()
          .meta({ description: 'Every line up to this id was told; null: nobody listens.' }),
        newest: z.int().nullable().meta({ description: 'The newest id that is there.' }),
        lag_ms: z.int().nullable().meta({
          description: 'How long the oldest line that is not told has waited; 0: none waits.',
        }),
        told: z
          .int()
          .meta({ description: 'Lines that were told since the start, each counted once a client.' }),
        dropped: z.int().meta({ description: 'Lines that were left out for slow clients, in `gap`s.' }),
        gaps: z.int(),
        wakes: z.int().meta({ description: 'How often RunLog said that there is something new.' }),
        counting_ms: z.int().meta({ description: 'For how long it has been counting.' }),
      }),
    },
  },
});
