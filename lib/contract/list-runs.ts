import * as z from 'zod';
import { Cursor, Instant, Limit, Name } from './asked.ts';
import { operation } from './operation.ts';
import { RunRow, RunStatus, Source, Trigger } from './run-row.ts';

export const listRuns = operation({
  method: 'GET',
  path: '/runs',
  tag: 'Runs',
  id: 'listRuns',
  summary: 'The runs, newest first.',
  query: z.object({
    component: Name.optional(),
    status: RunStatus.optional(),
    trigger: Trigger.optional(),
    source: Source.optional(),
    from: Instant.optional().meta({ description: 'Those that started at or after it.' }),
    to: Instant.optional().meta({ description: 'Those that started before it.' }),
    limit: Limit,
    cursor: Cursor.optional(),
  }),
  answers: {
    200: { says: 'A page of runs.', body: z.array(RunRow), headers: ['link'] },
    400: { says: 'The query is wrong.' },
  },
});
