/** What a backfill is asked for with. */
import * as z from 'zod';
import type { Json, Source, Trigger } from '../db/tables.ts';
import type { Tx } from '../events/outbox.ts';
import { Reason } from '../http/wish.ts';
import type { FirstAnswer, Question } from '../requests/asked-once.ts';

/** Runs that all backfills together may have live: half of what run-pipeline can work on, the schedule has the rest. */
export const MOST_LIVE = 12;

const Instant = z.iso.datetime({ offset: true }).transform((text) => new Date(text));

/** The body of `POST /backfills`. */
export const BackfillBody = z
  .strictObject({
    pipeline: z.string(),
    from: Instant,
    until: Instant,
    reprocess: z.enum(['none', 'failed', 'all']).default('none'),
    order: z.enum(['oldest', 'newest']).default('oldest'),
    concurrency: z.int().min(1).max(MOST_LIVE).default(1),
    params: z.record(z.string(), z.unknown()).default({}),
    why: Reason.optional(),
    dry_run: z.boolean().default(false),
  })
  .refine(({ from, until }) => from < until, { path: ['until'], error: 'must be later than "from"' });

/** The same with params that fit its pipeline. */
export type BackfillWish = Omit<z.infer<typeof BackfillBody>, 'pipeline' | 'dry_run' | 'params'> & {
  params: Json;
};

/** What is told of a backfill that was begun under a key. */
type OnceBegun = Question & { tell(tx: Tx, id: string): Promise<FirstAnswer> };

/** Who asks, and by which way. */
export type BackfillCaller = {
  trigger: Exclude<Trigger, 'cron'>;
  source: Source;
  by: string;
  from: string;
  once?: OnceBegun | undefined;
};
