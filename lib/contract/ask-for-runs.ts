/** Asking for runs, and for ended ones again. */
import * as z from 'zod';
import { Reason } from '../http/wish.ts';
import { IdempotencyKey, Prefer, RunId } from './asked.ts';
import { operation } from './operation.ts';
import { RunPage } from './run-page.ts';
import { Tags } from './run-tags.ts';

const segments = z.object({ run_id: RunId });
const headers = z.object({ 'idempotency-key': IdempotencyKey, prefer: Prefer });
const Params = z.record(z.string(), z.unknown()).meta({
  description: '`GET /pipelines/{name}` shows their JSON Schema.',
});
const Why = Reason.optional().meta({ description: 'Why it is wanted; kept with the run and in the audit.' });

const asked = {
  200: {
    says: 'With `Prefer: wait=N`: the run has ended.',
    body: RunPage,
    headers: ['location', 'preference-applied', 'idempotent-replayed'],
  },
  202: {
    says: 'The run is asked for: begun, or waiting for its lane.',
    body: RunPage,
    headers: ['location', 'preference-applied', 'retry-after', 'idempotent-replayed'],
  },
  422: { says: 'The key was used for something else.' },
} as const;

export const triggerRun = operation({
  method: 'POST',
  path: '/runs/trigger',
  tag: 'Runs',
  id: 'triggerRun',
  summary: 'Asks for a run.',
  detail: 'Without a body it is one of the pipeline that is marked `default: true`.',
  headers,
  body: z.strictObject({
    pipeline: z.string().optional(),
    params: Params.optional(),
    tags: Tags.optional().meta({ description: 'Words to find the run by, beside those of its pipeline.' }),
    why: Why,
  }),
  answers: {
    ...asked,
    404: { says: 'There is no such pipeline.' },
    409: {
      says: 'Its overlap policy skipped it: a run of its lane is live.',
      headers: ['location', 'idempotent-replayed'],
    },
  },
});

export const replayRun = operation({
  method: 'POST',
  path: '/runs/:run_id/replay',
  tag: 'Runs',
  id: 'replayRun',
  summary: 'Asks for an ended run again, by its pipeline as it is today.',
  detail: 'Also for a slot that was missed or skipped. Other params than it had may be given.',
  segments,
  headers,
  body: z.strictObject({ params: Params.optional(), why: Why }),
  answers: {
    ...asked,
    404: { says: 'There is no such run.' },
    409: { says: 'It cannot be done again, or not now.', headers: ['location', 'idempotent-replayed'] },
    422: { says: 'The params do not fit, or the key was used for something else.' },
  },
});

export const resumeRun = operation({
  method: 'POST',
  path: '/runs/:run_id/resume',
  tag: 'Runs',
  id: 'resumeRun',
  summary: 'Asks for a failed run again, from the task at which it failed.',
  segments,
  headers,
  body: z.strictObject({ why: Why }),
  answers: {
    ...asked,
    404: { says: 'There is no such run.' },
    409: {
      says: 'There is nothing to go on from, or not now.',
      headers: ['location', 'idempotent-replayed'],
    },
    422: { says: 'Its params no longer fit, or the key was used for something else.' },
  },
});

export const cancelRun = operation({
  method: 'POST',
  path: '/runs/:run_id/cancel',
  tag: 'Runs',
  id: 'cancelRun',
  summary: 'Ends a run, or a request that waits.',
  detail:
    'A run that is worked on ends within a second or two; `Prefer: wait=N` holds the answer until it has.',
  segments,
  headers: z.object({ prefer: Prefer }),
  body: z.strictObject({ why: Why }),
  answers: {
    200: { says: 'It has ended.', body: RunPage, headers: ['preference-applied'] },
    202: { says: 'It is being ended.', body: RunPage, headers: ['preference-applied', 'retry-after'] },
    404: { says: 'There is no such run.' },
    409: { says: 'It had ended before, or another program alone can end it.', headers: ['location'] },
  },
});
