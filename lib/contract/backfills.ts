import * as z from 'zod';
import { BackfillBody } from '../backfills/wish.ts';
import { Reason } from '../http/wish.ts';
import { Cursor, IdempotencyKey, Limit, Name } from './asked.ts';
import { operation } from './operation.ts';
import { Members, TextOrNull, Time, TimeOrNull } from './told.ts';

const BackfillRow = z
  .object({
    backfill_id: z.guid(),
    pipeline: z.string(),
    state: z.enum(['under way', 'being cancelled', 'done', 'cancelled']),
    range_from: Time,
    range_until: Time,
    reprocess: z.enum(['none', 'failed', 'all']),
    newest_first: z.boolean(),
    concurrency: z.int(),
    params: Members,
    slots: z.int(),
    requested_by: TextOrNull,
    why: TextOrNull,
    created_at: Time,
    ended_at: TimeOrNull,
    cancelled_at: TimeOrNull,
    cancelled_by: TextOrNull,
    cancel_why: TextOrNull,
  })
  .meta({ id: 'BackfillRow' });

const Estimate = z
  .int()
  .nullable()
  .meta({ description: 'About how long, by the last runs; null when none has succeeded yet.' });

const Backfill = BackfillRow.extend({
  counts: z.object({
    waiting: z.int(),
    live: z.int(),
    succeeded: z.int(),
    failed: z.int(),
    cancelled: z.int(),
  }),
  progress: z.object({ done: z.int(), of: z.int() }),
  live: z.array(z.object({ run_id: z.guid(), slot: TimeOrNull, started_at: Time })),
  estimate_ms: Estimate,
}).meta({ id: 'Backfill' });

const Counts = z.record(z.string(), z.int()).meta({ description: 'By what became of them.' });

const DryRun = z
  .object({
    pipeline: z.string(),
    from: Time,
    until: Time,
    reprocess: z.enum(['none', 'failed', 'all']),
    order: z.enum(['oldest', 'newest']),
    concurrency: z.int(),
    params: Members,
    why: z.string().exactOptional(),
    dry_run: z.literal(true),
    slots: z.int(),
    asked: z.int().meta({ description: 'How many of them would run.' }),
    asked_for: Counts,
    left_out: Counts,
    first_slot: Time,
    last_slot: Time,
    reads: z.object({ from: Time, until: Time }),
    estimate_ms: Estimate,
  })
  .meta({ id: 'BackfillDryRun' });

const BackfillId = z
  .guid('must be a UUID')
  .meta({ description: 'The id of the backfill.', example: '0192f3c4-5d6e-7f80-9123-456789abcdef' });
const segments = z.object({ id: BackfillId });

export const startBackfill = operation({
  method: 'POST',
  path: '/backfills',
  tag: 'Backfills',
  id: 'startBackfill',
  summary: 'Runs the slots after `from` up to `until` again.',
  detail:
    'Each slot is a run that reads what lies between the slot before it and itself. `dry_run` only tells what it would be.',
  headers: z.object({ 'idempotency-key': IdempotencyKey }),
  body: BackfillBody.meta({
    examples: [{ pipeline: 'market-bars', from: '2026-11-20T00:00:00Z', until: '2026-11-21T00:00:00Z' }],
  }),
  answers: {
    200: { says: 'What it would be; nothing was done.', body: DryRun },
    201: { says: 'The backfill, begun.', body: Backfill, headers: ['location', 'idempotent-replayed'] },
    404: { says: 'There is no such pipeline.' },
    422: { says: 'It cannot be as it was asked for, or the key was used for another.' },
  },
});

export const listBackfills = operation({
  method: 'GET',
  path: '/backfills',
  tag: 'Backfills',
  id: 'listBackfills',
  summary: 'The backfills, newest first.',
  query: z.object({ pipeline: Name.optional(), limit: Limit, cursor: Cursor.optional() }),
  answers: { 200: { says: 'A page of backfills.', body: z.array(BackfillRow), headers: ['link'] } },
});

export const getBackfill = operation({
  method: 'GET',
  path: '/backfills/:id',
  tag: 'Backfills',
  id: 'getBackfill',
  summary: 'One backfill, and how far it has come.',
  segments,
  answers: {
    200: { says: 'The backfill.', body: Backfill },
    404: { says: 'There is no such backfill.' },
  },
});

export const cancelBackfill = operation({
  method: 'POST',
  path: '/backfills/:id/cancel',
  tag: 'Backfills',
  id: 'cancelBackfill',
  summary: 'Cancels what of it waits, and tells its live runs to end.',
  segments,
  body: z.strictObject({ why: Reason.optional() }),
  answers: {
    200: { says: 'The backfill as it is now.', body: Backfill },
    404: { says: 'There is no such backfill.' },
    409: { says: 'It has ended.' },
  },
});
