/** The page of a pipeline's calendar: what became of its slots, the newest first. */

import { readCalendar } from '../lib/calendar/calendar.ts';
import type { CalendarEntry } from '../lib/calendar/entry.ts';
import { type History, readHistory, slotsOf } from '../lib/calendar/history.ts';
import { rangeOf } from '../lib/calendar/range.ts';
import type { Db } from '../lib/db/connect.ts';
import { plural } from '../lib/numbers.ts';
import { slotMark, slotStrip, slotWord } from './calendar-strip.ts';
import { calendarTable } from './calendar-table.ts';
import { html } from './html.ts';
import { pageResponse } from './page.ts';

/** Slots that a page shows. */
const SLOTS = 150;
const DAY = 86_400_000;

/** Renders the calendar of the last day, or of its last slots; undefined when there is no such pipeline. */
export async function calendarPage(db: Db, name: string, local: boolean): Promise<Response | undefined> {
  const history = await readHistory(db, name);
  if (!history) return undefined;
  const { entries } = await readCalendar(db, history, lastSlots(history), { limit: SLOTS + 10 });
  const slots = entries.filter((entry) => entry.state !== 'none');
  const schedule = history.schedules.at(-1);
  const open = schedule && schedule.valid_until === null ? schedule : undefined;
  const zone = open?.timezone ?? 'UTC';
  const body = html`
<p class="trail"><a href="/">All pipelines</a></p>
<div class="title"><h1>${name}</h1>${open ? html`<span class="dim"><span class="mono">${open.cron}</span> ${zone}</span>` : html`<span class="dim">No schedule: it runs when it is asked to</span>`}</div>
${slots.length > 0 && html`<section class="card"><div class="title">${summary(slots)}</div>${slotStrip(slots)}</section>`}
<h2>Slots (${zone})</h2>
${calendarTable(entries.toReversed())}
<p class="older dim small">Other times: <code>npx kubescribe calendar ${name} --from 2026-11-01</code>, or <a href="/pipelines/${name}/calendar">as JSON</a></p>`;
  return pageResponse({ title: `${name}: calendar`, here: 'runs', local, body, readAt: history.now });
}

/** The last day, but no more than fits. */
function lastSlots(history: History) {
  const range = rangeOf(history, {});
  const day = slotsOf(history, new Date(history.now.getTime() - DAY), history.now, 1 + DAY / 60_000);
  const first = day.at(-SLOTS);
  return { ...range, from: first ?? range.from };
}

/** How many ended how, the most frequent first. */
function summary(slots: readonly CalendarEntry[]) {
  const counts = new Map<string, { of: CalendarEntry; n: number }>();
  for (const slot of slots) {
    const known = counts.get(slotWord(slot)) ?? { of: slot, n: 0 };
    counts.set(slotWord(slot), { ...known, n: known.n + 1 });
  }
  const parts = [...counts.values()].sort((a, b) => b.n - a.n);
  return html`<b>${plural(slots.length, 'slot')}</b> ${parts.map(({ of, n }) => slotMark(of, `${n} ${slotWord(of).toLowerCase()}`))}`;
}
