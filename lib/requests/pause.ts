/** Pausing a pipeline's schedule and resuming it; `pauses` is the history, one row open at most. */
import { type Selectable, sql } from 'kysely';
import { type Actor, record } from '../audit/record.ts';
import { commit } from '../boundary.ts';
import type { Db } from '../db/connect.ts';
import { cutPage, newestFirst, type Place } from '../db/keyset.ts';
import type { PausesTable } from '../db/schedule-tables.ts';
import { emit, type Tx } from '../events/outbox.ts';
import { exactInstant } from '../ledger/instant.ts';
import { skipWaitingSlots } from './paused-slots.ts';
import { lockPipeline } from './pipeline-lock.ts';
import { readClock } from './read-clock.ts';

export type Pause = Selectable<PausesTable>;

/** What a door did; `changed` is false when it was so before. */
export type Paused = { changed: boolean; pause: Pause | undefined };

/** Opens a pause: slots are skipped from here on, also those that wait. A pipeline that is paused stays as it is. */
export async function pause(
  db: Db,
  pipeline: string,
  { by, from, why }: Actor & { why: string },
): Promise<Paused> {
  return commit('pause', db, async (tx) => {
    await lockPipeline(tx, pipeline);
    const open = await findOpenPause(tx, pipeline);
    if (open) return { changed: false, pause: open };
    return { changed: true, pause: await openPause(tx, { pipeline, by, from, why, teller: 'schedules' }) };
  });
}

/** Closes the open pause; slots from here on are planned again. */
export async function resume(
  db: Db,
  pipeline: string,
  { by, from, why }: Actor & { why: string | undefined },
): Promise<Paused> {
  return commit('resume', db, async (tx) => {
    await lockPipeline(tx, pipeline);
    const at = await readClock(tx);
    const closed = await tx
      .updateTable('pauses')
      .set({ resumed_at: at, resumed_by: by, resume_why: why ?? null })
      .where('pipeline', '=', pipeline)
      .where('resumed_at', 'is', null)
      .returningAll()
      .executeTakeFirst();
    if (closed) {
      const details = { pause: closed.pause_id };
      await record(tx, { by, from }, { action: 'pipeline.resume', subject: pipeline, why, details });
    }
    return { changed: closed !== undefined, pause: closed };
  });
}

type NewPause = Actor & {
  pipeline: string;
  why: string;
  /** The function that tells. */
  teller: string;
  /** The run whose failure paused the schedule by itself. */
  runId?: string;
};

/** Writes a pause and tells it. The caller holds the pipeline's lock and knows that none is open. */
export async function openPause(
  tx: Tx,
  { pipeline, by, from, why, teller, runId }: NewPause,
): Promise<Pause> {
  const opened = await tx
    .insertInto('pauses')
    .values({
      pipeline,
      paused_at: await readClock(tx),
      paused_by: by,
      why,
      automatic: runId !== undefined,
    })
    .returningAll()
    .executeTakeFirstOrThrow();
  await skipWaitingSlots(tx, opened);
  const details = { pause: opened.pause_id, automatic: opened.automatic, run: runId };
  await record(tx, { by, from }, { action: 'pipeline.pause', subject: pipeline, why, details });
  await emit(tx, {
    name: 'pipeline.paused',
    by: teller,
    subject: `${pipeline}/${opened.pause_id}`,
    data: {
      pipeline,
      pause: opened.pause_id,
      paused_at: opened.paused_at.toISOString(),
      paused_by: by,
      why,
      automatic: opened.automatic,
      run_id: runId ?? null,
    },
  });
  return opened;
}

/** The pause that is open. */
export async function findOpenPause(db: Db | Tx, pipeline: string): Promise<Pause | undefined> {
  return db
    .selectFrom('pauses')
    .selectAll()
    .where('pipeline', '=', pipeline)
    .where('resumed_at', 'is', null)
    .executeTakeFirst();
}

/** A place in the list: when a pause began, with all digits, and its number. */
type PauseKey = [pausedAt: string, pauseId: number];

/** A page of pauses, newest first, and the ways to its neighbours. */
export async function listPauses(db: Db, pipeline: string, limit: number, place?: Place<PauseKey>) {
  let query = db
    .selectFrom('pauses')
    .selectAll()
    .select(sql<string>`paused_at::text`.as('paused'))
    .where('pipeline', '=', pipeline)
    .orderBy('paused_at', newestFirst(place))
    .orderBy('pause_id', newestFirst(place))
    .limit(limit + 1);
  if (place) {
    const [pausedAt, id] = place.key;
    query = query.where(
      sql<boolean>`(paused_at, pause_id) ${sql.raw(place.way)} (${pausedAt}::timestamptz, ${id}::bigint)`,
    );
  }
  const { rows, ...neighbours } = cutPage(await query.execute(), {
    limit,
    place,
    keyOf: ({ paused, pause_id }): PauseKey => [exactInstant(paused), pause_id],
  });
  return { pauses: rows.map(({ paused: _, ...pause }) => pause), ...neighbours };
}
