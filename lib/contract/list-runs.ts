import * as z from 'zod';
import { Cursor, IfNoneMatch, Limit } from './asked.ts';
import { operation } from './operation.ts';
import { runFilter } from './run-filter.ts';
import { ListedRun, RunField } from './run-row.ts';
import { several } from './several.ts';

export const listRuns = operation({
  method: 'GET',
  path: '/runs',
  tag: 'Runs',
  id: 'listRuns',
  summary: 'The runs, newest first.',
  detail: `All that the filters ask must fit. Follow \`Link\`: \`next\` leads to older runs, \`prev\` back to newer ones, each
run comes once, however many begin and end meanwhile. The last page has no \`next\`. By \`finished_…\`, \`…_duration_ms\`,
\`tag\`, \`meta\` and \`q\`, and by \`error_code\` beside others, a page may have fewer runs than \`limit\`, even none, and a
\`next\` all the same: it looks at 20,000 runs at most.`,
  query: z.strictObject({
    ...runFilter,
    fields: several(RunField).optional().meta({ description: 'Only these columns.' }),
    count: z.enum(['true', 'false']).optional().meta({
      description: 'Whether to tell in `X-Total-Count` how many there are; it counts no further than 1,000.',
    }),
    limit: Limit,
    cursor: Cursor.optional(),
  }),
  headers: z.object({ 'if-none-match': IfNoneMatch }),
  answers: {
    200: { says: 'A page of runs.', body: z.array(ListedRun), headers: ['link', 'etag', 'x-total-count'] },
    304: { says: 'The page is what `If-None-Match` names.', headers: ['link', 'etag', 'x-total-count'] },
  },
});
