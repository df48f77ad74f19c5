import * as z from 'zod';
import { IfNoneMatch, RunId } from './asked.ts';
import { operation } from './operation.ts';
import { RunPage } from './run-page.ts';

export const getRun = operation({
  method: 'GET',
  path: '/runs/:run_id',
  tag: 'Runs',
  id: 'getRun',
  summary: 'One run with its request, its work, its tasks and its last lines.',
  detail: 'A request that has not become a run is shown too: its `status` is null.',
  segments: z.object({ run_id: RunId }),
  headers: z.object({ 'if-none-match': IfNoneMatch }),
  answers: {
    200: { says: 'The run.', body: RunPage, headers: ['etag'] },
    304: { says: 'The run is what `If-None-Match` names.', headers: ['etag'] },
    404: { says: 'There is no such run, and none was asked for under this id.' },
  },
});
