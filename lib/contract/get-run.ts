import * as z from 'zod';
import { RunId } from './asked.ts';
import { operation } from './operation.ts';
import { RunPage } from './run-page.ts';

export const getRun = operation({
  method: 'GET',
  path: '/runs/:run_id',
  tag: 'Runs',
  id: 'getRun',
  summary: 'One run with its tasks, progress and last lines.',
  detail: 'Also a request that waits, or that ended without becoming a run: its status is null.',
  segments: z.object({ run_id: RunId }),
  answers: {
    200: { says: 'The run.', body: RunPage },
    404: { says: 'There is no such run.' },
  },
});
