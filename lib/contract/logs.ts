/** Reading the log: of a run, of a task, of a type, of all; the lines around one; whole as a file. */
import * as z from 'zod';
import { Cursor, IfNoneMatch, RunId } from './asked.ts';
import { lineFilter, logFilter, TaskRunId } from './log-filter.ts';
import { LogLine, LogType } from './log-line.ts';
import { operation } from './operation.ts';

const PAGE = 100;
const MAX_LIMIT = 1000;
/** Lines that are counted off for a page; behind a cursor none are. */
const MAX_OFFSET = 100_000;

const atMost = (most: number) =>
  z.coerce
    .number<string>()
    .int()
    .min(1)
    .max(most)
    .meta({ override: { type: 'integer', minimum: 1, maximum: most }, description: 'How many at most.' });

const paging = {
  limit: atMost(MAX_LIMIT)
    .default(PAGE)
    .meta({ override: { type: 'integer', minimum: 1, maximum: MAX_LIMIT, default: PAGE } }),
  offset: z.coerce
    .number<string>()
    .int()
    .min(0)
    .max(MAX_OFFSET, `is ${MAX_OFFSET} at most: follow the cursors of the Link header, which reach any depth`)
    .default(0)
    .meta({
      override: { type: 'integer', minimum: 0, maximum: MAX_OFFSET, default: 0 },
      description: 'How many lines to leave out; `Link` does the same at any depth.',
    }),
  cursor: Cursor.optional(),
};

const order = (first: 'asc' | 'desc') =>
  z
    .enum(['asc', 'desc'])
    .default(first)
    .meta({ description: '`asc`: the oldest line is first; lines of one instant go by `id`.' });

const GOES_ON = `Follow \`Link\`: \`next\` goes on, \`prev\` goes back; each line that was there when you began comes once, however many are
written meanwhile.`;
const SHORT = `By what no index has (\`text\`, \`regex\`, \`stream\`, \`level=info\` of a run), a page may have fewer lines than \`limit\`, even
none, and a \`next\` all the same: it looks at 20,000 lines at most, with \`regex\` for 0.7 s; \`offset\` does not go with these. A page
of more than 127 lines that are long ends with the line that makes it 4 MiB.`;
const headers = z.object({ 'if-none-match': IfNoneMatch });
const page = {
  200: { says: 'A page of lines.', body: z.array(LogLine), headers: ['link', 'etag'] },
  304: { says: 'The page is what `If-None-Match` names.', headers: ['link', 'etag'] },
} as const;

export const listRunLogs = operation({
  method: 'GET',
  path: '/api/v1/logs/job-runs/:job_run_id',
  tag: 'Logs',
  id: 'listRunLogs',
  summary: 'The lines of a run and of its tasks, the oldest first.',
  detail: `${GOES_ON} ${SHORT}`,
  segments: z.object({ job_run_id: RunId }),
  query: z.strictObject({ ...lineFilter, type: LogType.optional(), order: order('asc'), ...paging }),
  headers,
  answers: { ...page, 404: { says: 'There is no such run, and none was asked for under this id.' } },
});

export const listTaskLogs = operation({
  method: 'GET',
  path: '/api/v1/logs/task-runs/:task_run_id',
  tag: 'Logs',
  id: 'listTaskLogs',
  summary: 'The lines of a task of a run, the oldest first.',
  detail: `${GOES_ON} ${SHORT}`,
  segments: z.object({ task_run_id: TaskRunId }),
  query: z.strictObject({ ...lineFilter, order: order('asc'), ...paging }),
  headers,
  answers: { ...page, 404: { says: 'No run has such a task.' } },
});

export const listSystemLogs = operation({
  method: 'GET',
  path: '/api/v1/logs/system',
  tag: 'Logs',
  id: 'listSystemLogs',
  summary: 'The lines of no run: starts, stops, settings, health; the newest first.',
  detail: `${GOES_ON} ${SHORT}`,
  query: z.strictObject({ ...lineFilter, order: order('desc'), ...paging }),
  headers,
  answers: page,
});

export const listTypeLogs = operation({
  method: 'GET',
  path: '/api/v1/logs/type/:type',
  tag: 'Logs',
  id: 'listTypeLogs',
  summary: 'The lines of a type, the newest first.',
  detail: `${GOES_ON} ${SHORT}`,
  segments: z.object({
    type: z.string().meta({ override: { type: 'string', enum: [...LogType.options] } }),
  }),
  query: z.strictObject({ ...lineFilter, order: order('desc'), ...paging }),
  headers,
  answers: { ...page, 404: { says: 'There is no such type.' } },
});

export const listLogs = operation({
  method: 'GET',
  path: '/api/v1/logs',
  tag: 'Logs',
  id: 'listLogs',
  summary: 'All lines that fit, the newest first; or those around one.',
  detail: `${GOES_ON} ${SHORT} With \`around\` it is that line in the midst of those of its run (or of the system), the oldest first; beside it
only \`limit\` may be said. \`Link\` leads on in both ways.`,
  query: z.strictObject({
    ...logFilter,
    around: z.coerce
      .number<string>()
      .int()
      .min(1)
      .optional()
      .meta({ override: { type: 'integer', minimum: 1 }, description: 'The `id` of a line.' }),
    order: order('desc'),
    ...paging,
  }),
  headers,
  answers: { ...page, 404: { says: 'There is no line of that id.' } },
});

export const downloadLogs = operation({
  method: 'GET',
  path: '/api/v1/logs/download',
  tag: 'Logs',
  id: 'downloadLogs',
  summary: 'All lines that fit, as a file of any size, the oldest first.',
  detail: `As NDJSON a line is one JSON object; as text it is one line in which whatever could move a cursor, colour, hide or forge
lines stands as a visible escape. It is written while it is read, page by page: each line that was there when you began comes
once. A file whose transfer did not end was broken off; \`around\` its last line, \`next\` has the cursor to go on from.`,
  query: z.strictObject({
    ...logFilter,
    order: order('asc'),
    format: z.enum(['ndjson', 'text']).default('ndjson').meta({ description: 'What a line is.' }),
    limit: z.coerce
      .number<string>()
      .int()
      .min(1)
      .optional()
      .meta({
        override: { type: 'integer', minimum: 1 },
        description: 'How many at most; left out: all.',
      }),
    cursor: Cursor.optional(),
  }),
  answers: {
    200: {
      says: 'The lines.',
      body: LogLine,
      media: 'application/x-ndjson',
      orMedia: 'text/plain',
      headers: ['content-disposition', 'x-content-type-options'],
    },
  },
});
