/** What became of one time: its slot, or why it has none. */
import type { Db } from '../db/connect.ts';
import { localTime } from '../schedule/local-time.ts';
import { addReruns } from './calendar.ts';
import { blankEntry, type CalendarEntry, rowEntry, slotEntry } from './entry.ts';
import { type History, holesOf, scheduleAt, slotsOf, zoneAt } from './history.ts';
import { whyHole, whyNoSlot } from './holes.ts';
import { readSlotRows } from './rows.ts';
import { type Asked, readTime } from './time.ts';

/** The line of a time; two where clocks were put back. There is always one. */
export async function readCalendarAt(db: Db, history: History, text: string): Promise<CalendarEntry[]> {
  const asked = readAsked(history, text);
  const { instants, leftOut } = asked;
  const entries = leftOut
    ? [await leftOutEntry(db, history, asked)]
    : await Promise.all(instants.map((at, i) => entryAt(db, history, at, repeated(asked, i))));
  await addReruns(db, history.pipeline, entries);
  return entries;
}

/** Read in the zone of the newest schedule, then in that of the schedule of that time. */
function readAsked(history: History, text: string): Asked {
  const zone = zoneAt(history, history.now);
  const asked = readTime(text, zone, history.now);
  const at = asked.instants[0] ?? asked.leftOut?.shifted;
  const own = at && zoneAt(history, at);
  return asked.local && own && own !== zone ? readTime(asked.local, own, history.now) : asked;
}

async function entryAt(
  db: Db,
  history: History,
  at: Date,
  twice: string | undefined,
): Promise<CalendarEntry> {
  const slot = await slotAt(db, history, at);
  if (slot) return slot;
  const schedule = scheduleAt(history, at);
  if (schedule) {
    const rule = twice && slotsNear(history, at) ? ` (overlap: ${schedule.overlap})` : '';
    const why = [twice && `${twice}${rule}`, whyNoSlot(schedule, at)].filter(Boolean).join('; ');
    return blankEntry(history, at, 'none', why);
  }
  const [hole] = holesOf(history, at, new Date(at.getTime() + DAY));
  return blankEntry(history, at, 'none', hole ? whyHole(hole) : 'the schedule changed at this moment');
}

const HOUR = 3_600_000;
const DAY = 24 * HOUR;

async function slotAt(db: Db, history: History, at: Date): Promise<CalendarEntry | undefined> {
  const before = new Date(at.getTime() - 1);
  const [row] = await readSlotRows(db, history.pipeline, before, at, 1);
  if (row) return rowEntry(history, row);
  const [slot] = slotsOf(history, before, at, 1);
  return slot && slotEntry(history, slot);
}

/** Whether the schedule has the other occurrence of a time that came twice. */
const slotsNear = (history: History, at: Date) =>
  [-HOUR, HOUR].some((far) => {
    const other = at.getTime() + far;
    return slotsOf(history, new Date(other - 1), new Date(other), 1).length > 0;
  });

function repeated({ instants, local }: Asked, i: number): string | undefined {
  if (instants.length < 2 || !local) return undefined;
  return `${local.slice(11, 16)} came twice on ${local.slice(0, 10)}, this is the ${i === 0 ? 'first' : 'second'}`;
}

/** A local time that the clocks left out: the slot that stands for it, or the rule that leaves it out too. */
async function leftOutEntry(
  db: Db,
  history: History,
  { local = '', leftOut }: Asked,
): Promise<CalendarEntry> {
  const shifted = leftOut?.shifted ?? history.now;
  const schedule = scheduleAt(history, shifted);
  const zone = zoneAt(history, shifted);
  const gone =
    leftOut?.from === leftOut?.to
      ? `${local.slice(0, 10)} was left out in ${zone}`
      : `${local.slice(11, 16)} did not exist on ${local.slice(0, 10)} in ${zone}: clocks went from ${leftOut?.from} to ${leftOut?.to}`;
  if (!schedule) {
    const { why } = await entryAt(db, history, shifted, undefined);
    return blankEntry(history, shifted, 'none', [gone, why].filter(Boolean).join('; '));
  }
  const slot = schedule.gap === 'once' ? await slotAt(db, history, shifted) : undefined;
  if (!slot)
    return blankEntry(history, shifted, 'none', `${gone}; it has no slot then (gap: ${schedule.gap})`);
  const stead = `${gone}, and the slot of ${localTime(shifted, zone).slice(11, 16)} stands for it (gap: once)`;
  return { ...slot, why: [stead, slot.why].filter(Boolean).join('; ') };
}
