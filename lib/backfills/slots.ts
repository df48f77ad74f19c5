/** The slots of a range, by the schedules of their time. */
import type { Db } from '../db/connect.ts';
import type { Tx } from '../events/outbox.ts';
import { type Schedule, slotsBetween } from '../schedule/slots.ts';

const HOUR = 3_600_000;
/** How far the slot before a range is looked for. */
const LONGEST_GAP = 9 * 366 * 24 * HOUR;
const ALWAYS = new Date(-8.64e15);

/** A slot and the one before it: between them lies what a run of the slot is to read. */
export type SlotInterval = { from: Date; slot: Date };

type Past = { schedule: Schedule; after: Date; until: Date };

/**
 * The slots with `from` < slot ≤ `until` that have been decided upon (what the schedule still has to plan is its own),
 * oldest first, at most `limit`. What lies before the first schedule is read by it; undefined without any schedule.
 */
export async function slotsOfRange(
  db: Db | Tx,
  pipeline: string,
  range: { from: Date; until: Date },
  limit: number,
): Promise<SlotInterval[] | undefined> {
  const history = await readSchedules(db, pipeline);
  if (history.length === 0) return undefined;
  const slots = slotsIn(history, range.from, range.until, limit);
  const [first] = slots;
  if (!first) return [];
  const before = slotBefore(history, range.from, first) ?? range.from;
  return slots.map((slot, i) => ({ from: slots[i - 1] ?? before, slot }));
}

async function readSchedules(db: Db | Tx, pipeline: string): Promise<Past[]> {
  const rows = await db
    .selectFrom('schedules')
    .select(['cron', 'timezone', 'gap', 'overlap', 'valid_from', 'valid_until', 'planned_until'])
    .where('pipeline', '=', pipeline)
    .orderBy('schedule_id')
    .execute();
  return rows.map(({ valid_from, valid_until, planned_until, ...schedule }, i) => ({
    schedule,
    after: i === 0 ? ALWAYS : valid_from,
    until: valid_until ?? planned_until,
  }));
}

function slotsIn(history: Past[], after: Date, until: Date, limit: number): Date[] {
  const slots: Date[] = [];
  for (const past of history) {
    const from = past.after > after ? past.after : after;
    const to = past.until < until ? past.until : until;
    if (from < to) slots.push(...slotsBetween(past.schedule, from, to, limit - slots.length));
  }
  return slots;
}

/** The last slot up to an instant, looked for in ever wider steps: schedules are not read backwards. */
function slotBefore(history: Past[], upTo: Date, first: Date): Date | undefined {
  for (let span = HOUR; span < LONGEST_GAP; span *= 4) {
    const since = new Date(first.getTime() - span);
    const last = since < upTo ? slotsIn(history, since, upTo, Number.POSITIVE_INFINITY).at(-1) : undefined;
    if (last) return last;
  }
  return undefined;
}
