/** Slots that nobody ran: written down with why, and told once each. */
import { sql } from 'kysely';
import type { Source } from '../db/tables.ts';
import { emitAll, type Tx } from '../events/outbox.ts';
import { gapsOf } from './gap.ts';
import { runIdOfSlot } from './run-id.ts';

export type MissedSlot = { slot: Date; why: string };

/** Writes slots down as missed; gives back those that had no request before. */
export async function enterMissed(
  tx: Tx,
  pipeline: string,
  missed: readonly MissedSlot[],
  source: Source,
): Promise<MissedSlot[]> {
  if (missed.length === 0) return [];
  const rows = missed.map(({ slot, why }) => ({
    run_id: runIdOfSlot(slot, 'slot', pipeline),
    pipeline,
    kind: 'slot' as const,
    slot,
    state: 'missed' as const,
    why,
    trigger: 'cron' as const,
    source,
    ended_at: sql<Date>`clock()`,
  }));
  const entered = await tx
    .insertInto('run_requests')
    .values(rows)
    .onConflict((on) => on.doNothing())
    .returning('slot')
    .execute();
  const slots = new Set(entered.map((row) => row.slot?.getTime()));
  return missed.filter(({ slot }) => slots.has(slot.getTime()));
}

/**
 * Tells of missed slots, once a slot; `gap` names the first of their unbroken row. Called when all that the
 * transaction writes of slots is written.
 */
export async function tellMissed(tx: Tx, pipeline: string, missed: readonly MissedSlot[]): Promise<void> {
  const inOrder = missed.toSorted((a, b) => a.slot.getTime() - b.slot.getTime());
  const gaps = await gapsOf(
    tx,
    pipeline,
    inOrder.map(({ slot }) => slot),
  );
  await emitAll(
    tx,
    inOrder.map(({ slot, why }, i) => ({
      name: 'slot.missed',
      by: 'trigger',
      subject: `${pipeline}/${slot.toISOString()}`,
      data: { pipeline, slot: slot.toISOString(), gap: (gaps[i] ?? slot).toISOString(), why },
    })),
  );
}
