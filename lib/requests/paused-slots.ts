/** Slots of a paused time end as skipped, whoever plans them and however late: by the history of pauses. */
import { type Selectable, sql } from 'kysely';
import type { PausesTable } from '../db/schedule-tables.ts';
import type { Source } from '../db/tables.ts';
import type { Tx } from '../events/outbox.ts';
import { type Schedule, slotsBetween } from '../schedule/slots.ts';
import { runIdOfSlot } from './run-id.ts';

type Pause = Pick<Selectable<PausesTable>, 'paused_at' | 'resumed_at' | 'paused_by' | 'why'>;

const MS = 1;

/** The pauses that slots after an instant can fall into, oldest first. */
export async function pausesAfter(tx: Tx, pipeline: string, after: Date): Promise<Pause[]> {
  return tx
    .selectFrom('pauses')
    .select(['paused_at', 'resumed_at', 'paused_by', 'why'])
    .where('pipeline', '=', pipeline)
    .where((where) => where.or([where('resumed_at', 'is', null), where('resumed_at', '>', after)]))
    .orderBy('pause_id')
    .execute();
}

/** The pause that a slot lies in: [paused_at, resumed_at). */
export const pauseOf = (pauses: readonly Pause[], slot: Date): Pause | undefined =>
  pauses.find(({ paused_at, resumed_at }) => paused_at <= slot && (resumed_at === null || slot < resumed_at));

/** Why a slot of a pause was skipped. */
export const whyPaused = ({ paused_by, why }: Pick<Pause, 'paused_by' | 'why'>) =>
  `paused by ${paused_by}: ${why}`;

/** How many slots in (after, until] lie in no pause, counted up to `limit`; a long pause costs nothing. */
export function countUnpaused(
  schedule: Schedule,
  pauses: readonly Pause[],
  { after, until, limit }: { after: Date; until: Date; limit: number },
): number {
  let count = 0;
  let from = after;
  for (const { paused_at, resumed_at } of pauses) {
    if (paused_at > from)
      count += slotsBetween(schedule, from, earlier(until, before(paused_at)), limit).length;
    if (resumed_at === null || count >= limit) return Math.min(count, limit);
    if (resumed_at > from) from = before(resumed_at);
  }
  return Math.min(limit, count + slotsBetween(schedule, from, until, limit).length);
}

const before = (at: Date) => new Date(at.getTime() - MS);
const earlier = (a: Date, b: Date) => (a < b ? a : b);

/** Enters slots as skipped, unless they have their request. */
export async function enterSkipped(
  tx: Tx,
  pipeline: string,
  skipped: readonly { slot: Date; why: string }[],
  source: Source,
): Promise<void> {
  if (skipped.length === 0) return;
  const rows = skipped.map(({ slot, why }) => ({
    run_id: runIdOfSlot(slot, 'slot', pipeline),
    pipeline,
    kind: 'slot' as const,
    slot,
    state: 'skipped' as const,
    why,
    trigger: 'cron' as const,
    source,
    ended_at: sql<Date>`clock()`,
  }));
  await tx
    .insertInto('run_requests')
    .values(rows)
    .onConflict((on) => on.doNothing())
    .execute();
}

/** Ends the slots that wait when a pause begins; what people and backfills asked for goes on waiting. */
export async function skipWaitingSlots(
  tx: Tx,
  pause: Pick<Selectable<PausesTable>, 'pipeline' | 'paused_by' | 'why'>,
): Promise<void> {
  await tx
    .updateTable('run_requests')
    .set({ state: 'skipped', why: whyPaused(pause), ended_at: sql<Date>`clock()` })
    .where('pipeline', '=', pause.pipeline)
    .where('kind', '=', 'slot')
    .where('state', '=', 'waiting')
    .where('backfill_id', 'is', null)
    .execute();
}
