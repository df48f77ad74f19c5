/** The occurrence calendar: every slot of a time, oldest first, page by page, whatever was up or down. */
import type { Db } from '../db/connect.ts';
import { blankEntry, type CalendarEntry, type CalendarState, rowEntry, slotEntry } from './entry.ts';
import { type History, holesOf, slotsOf } from './history.ts';
import { whyHole } from './holes.ts';
import { readReruns, readSlotRows } from './rows.ts';

/** Slots that are looked at together when only some states are wanted. */
const CHUNK = 1000;
/** Chunks of one page: it may be short, or empty, and still have a next. */
const CHUNKS = 5;

export type CalendarRange = { from: Date; to: Date };

export type CalendarPage = {
  entries: CalendarEntry[];
  /** The slot after which the next page begins. */
  next: Date | undefined;
};

/** A page of the slots in [from, to), after the slot `after` when it is given. */
export async function readCalendar(
  db: Db,
  history: History,
  range: CalendarRange,
  options: { limit: number; after?: Date | undefined; states?: readonly CalendarState[] | undefined },
): Promise<CalendarPage> {
  const { limit, states } = options;
  const last = new Date(range.to.getTime() - 1);
  const entries: CalendarEntry[] = [];
  let after = options.after ?? new Date(range.from.getTime() - 1);
  for (let nth = 0; nth < CHUNKS && after < last && entries.length <= limit; nth++) {
    const chunk = await readChunk(db, history, range, after, states ? CHUNK : limit + 1 - entries.length);
    entries.push(...chunk.entries.filter((entry) => !states || states.includes(entry.state)));
    after = chunk.end;
  }
  const shown = entries.slice(0, limit);
  await addReruns(db, history.pipeline, shown);
  const more = entries.length > limit ? shown.at(-1)?.slot : after < last ? after : undefined;
  return { entries: shown, next: more };
}

/** All that lies in (after, end], where at least `size` slots end it, or the range does. */
async function readChunk(db: Db, history: History, range: CalendarRange, after: Date, size: number) {
  const last = new Date(range.to.getTime() - 1);
  const rows = await readSlotRows(db, history.pipeline, after, last, size);
  const slots = slotsOf(history, after, last, size);
  const ends = [rows.length === size && rows.at(-1)?.slot, slots.length === size && slots.at(-1), last];
  const end = new Date(Math.min(...ends.filter((end) => end instanceof Date).map(Number)));

  const known = new Map<number, CalendarEntry>();
  for (const hole of holesOf(history, range.from, range.to)) {
    if (hole.from <= after || hole.from > end) continue;
    known.set(hole.from.getTime(), blankEntry(history, hole.from, 'none', whyHole(hole), hole.until));
  }
  for (const slot of slots) if (slot <= end) known.set(slot.getTime(), slotEntry(history, slot));
  for (const row of rows) if (row.slot <= end) known.set(row.slot.getTime(), rowEntry(history, row));
  const entries = [...known].sort(([a], [b]) => a - b).map(([, entry]) => entry);
  return { entries, end };
}

/** What ran a slot again is told with it. */
export async function addReruns(db: Db, pipeline: string, entries: CalendarEntry[]): Promise<void> {
  const slots = entries.filter((entry) => entry.state !== 'none').map((entry) => entry.slot);
  if (slots.length === 0) return;
  const runs = entries.flatMap((entry) => entry.run_id ?? []);
  const reruns = await readReruns(db, pipeline, slots, runs);
  for (const entry of entries) entry.reruns = reruns.get(entry.slot.getTime()) ?? [];
}
