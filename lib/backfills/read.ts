/** Backfills as they are shown: the list, and one with how far it has come. */
import { sql } from 'kysely';
import type { Db } from '../db/connect.ts';
import { cutPage, newestFirst, type Place } from '../db/keyset.ts';
import { exactInstant } from '../ledger/instant.ts';
import { estimate } from './estimate.ts';

/** A place in the list: when a backfill was asked for, with all digits, and its id. */
type BackfillKey = [createdAt: string, backfillId: string];

/** Counts that no slot is in are 0. */
type Counts = Record<'waiting' | 'live' | 'succeeded' | 'failed' | 'cancelled', number>;

const shown = (db: Db) =>
  db
    .selectFrom('backfills')
    .select([
      'backfill_id',
      'pipeline',
      'range_from',
      'range_until',
      'reprocess',
      'newest_first',
      'concurrency',
    ])
    .select(['params', 'slots', 'requested_by', 'why', 'created_at', 'ended_at'])
    .select(['cancelled_at', 'cancelled_by', 'cancel_why'])
    .select(
      sql<'under way' | 'being cancelled' | 'done' | 'cancelled'>`
        case when ended_at is null then case when cancelled_at is null then 'under way' else 'being cancelled' end
             when cancelled_at is null then 'done' else 'cancelled' end`.as('state'),
    );

/** A page of backfills, newest first, and the ways to its neighbours. */
export async function listBackfills(
  db: Db,
  pipeline: string | undefined,
  limit: number,
  place?: Place<BackfillKey>,
) {
  let query = shown(db)
    .select(sql<string>`created_at::text`.as('created'))
    .orderBy('created_at', newestFirst(place))
    .orderBy('backfill_id', newestFirst(place))
    .limit(limit + 1);
  if (pipeline !== undefined) query = query.where('pipeline', '=', pipeline);
  if (place) {
    const [createdAt, id] = place.key;
    query = query.where(
      sql<boolean>`(created_at, backfill_id) ${sql.raw(place.way)} (${createdAt}::timestamptz, ${id}::uuid)`,
    );
  }
  const { rows, ...neighbours } = cutPage(await query.execute(), {
    limit,
    place,
    keyOf: ({ created, backfill_id }): BackfillKey => [exactInstant(created), backfill_id],
  });
  return { backfills: rows.map(({ created: _, ...backfill }) => backfill), ...neighbours };
}

/** One backfill with its counts, its live runs and what is left; undefined when there is none. */
export async function findBackfill(db: Db, id: string) {
  const backfill = await shown(db).where('backfill_id', '=', id).executeTakeFirst();
  if (!backfill) return undefined;
  const counts = await countSlots(db, id);
  const left = counts.waiting + counts.live;
  return {
    ...backfill,
    counts,
    progress: { done: backfill.slots - left, of: backfill.slots },
    live: await liveRuns(db, id),
    estimate_ms: left === 0 ? 0 : await estimate(db, backfill.pipeline, left, backfill.concurrency),
  };
}

async function countSlots(db: Db, id: string): Promise<Counts> {
  const { rows } = await sql<{ fate: keyof Counts; slots: number }>`
    select case when state in ('waiting', 'live') then state
                when state = 'cancelled' or run.status = 'CANCELLED' then 'cancelled'
                when run.status = 'SUCCESS' then 'succeeded' else 'failed' end as fate,
           count(*) as slots
      from run_requests request left join run_log run using (run_id)
     where backfill_id = ${id}
     group by fate`.execute(db);
  const counts = { waiting: 0, live: 0, succeeded: 0, failed: 0, cancelled: 0 };
  for (const { fate, slots } of rows) counts[fate] = slots;
  return counts;
}

function liveRuns(db: Db, id: string) {
  return db
    .selectFrom('run_requests')
    .innerJoin('run_log', 'run_log.run_id', 'run_requests.run_id')
    .select(['run_log.run_id', 'slot', 'started_at'])
    .where('backfill_id', '=', id)
    .where('state', '=', 'live')
    .orderBy('ordinal')
    .execute();
}
