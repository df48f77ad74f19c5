/** Intervening in many runs at once: looked at first, then done to just as many as were seen. */
import * as z from 'zod';
import { Reason } from '../http/wish.ts';
import { IdempotencyKey } from './asked.ts';
import { operation } from './operation.ts';
import { runFilter } from './run-filter.ts';
import { several } from './several.ts';

/** Runs that one wish may be about. */
export const MOST_RUNS = 1000;

const Filter = z
  .strictObject(runFilter)
  .omit({ status: true })
  .meta({ description: 'As in `GET /runs`; all of it must hold.' });

const wish = <F extends z.ZodObject>(filter: F) =>
  z.strictObject({
    filter,
    dry_run: z.boolean().default(false).meta({ description: 'Only tell which runs it would be about.' }),
    expect: z.int().min(0).optional().meta({
      description: 'How many runs the dry run told of; demanded, and refused when they are others.',
    }),
    why: Reason.optional().meta({ description: 'Why it is wanted; demanded, and kept with each run.' }),
  });

const Fate = z.object({
  run_id: z.guid(),
  component: z.string(),
  fate: z.enum(['matched', 'ended', 'being-ended', 'over', 'asked', 'skipped', 'refused', 'left']),
  why: z.string().exactOptional().meta({ description: 'Of those that were not done.' }),
  run: z.string().exactOptional().meta({ description: 'The path of the run that does it again.' }),
});

const Told = z
  .object({
    bulk_id: z.guid().nullable().meta({ description: 'The audit names it; null: a dry run.' }),
    count: z.int().meta({ description: 'How many runs it is about.' }),
    left: z
      .int()
      .meta({ description: 'How many were not come to: ask again with the same Idempotency-Key.' }),
    runs: z.array(Fate).meta({ description: 'Of a dry run, the first.' }),
  })
  .meta({ id: 'ManyRuns' });

const headers = z.object({ 'idempotency-key': IdempotencyKey });
const answers = {
  200: { says: 'What became of each run.', body: Told, headers: ['idempotent-replayed'] },
  409: { says: 'As many runs as were expected there are not: look again.' },
  422: { says: 'Too many runs, or the key was used for something else.' },
} as const;

export const cancelRuns = operation({
  method: 'POST',
  path: '/runs/cancel',
  tag: 'Runs',
  id: 'cancelRuns',
  summary: 'Ends every run that goes on and every request that waits, of those that a filter names.',
  detail:
    'First with `"dry_run": true`, then with `expect` as it told. Requests of backfills that wait are not among them: cancel the backfill. With `status` no request that waits is.',
  headers,
  body: wish(Filter.extend({ status: several(z.enum(['STARTED'])).optional() })),
  answers,
});

export const replayRuns = operation({
  method: 'POST',
  path: '/runs/replay',
  tag: 'Runs',
  id: 'replayRuns',
  summary: 'Asks again for every ended run that a filter names; without `status` for those that failed.',
  detail:
    'First with `"dry_run": true`, then with `expect` as it told. The same Idempotency-Key asks for none twice.',
  headers,
  body: wish(
    Filter.extend({ status: several(z.enum(['SUCCESS', 'ERROR', 'CANCELLED', 'TIMEOUT'])).optional() }),
  ),
  answers,
});
