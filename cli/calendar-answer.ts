/** "Why was there no 02:00 run": the answer in one line. */
import { type CalendarRow, localWord, stateWord, wentWell } from './calendar-words.ts';
import { duration } from './time-text.ts';

/** One line for all that the calendar says of a time. */
export function answerLine(rows: readonly CalendarRow[]): string {
  return rows.map(sentence).join('; ');
}

/** Whether there was a slot, and every slot came to a good end. */
export function answeredWell(rows: readonly CalendarRow[]): boolean {
  const slots = rows.filter((row) => row.state !== 'none');
  return slots.length > 0 && slots.every(wentWell);
}

function sentence(row: CalendarRow): string {
  const offset = row.slot_local.slice(19);
  return [`${localWord(row)} ${row.timezone} (${offset}): ${what(row)}`, ...row.reruns.map(again)].join('; ');
}

function what(row: CalendarRow): string {
  const took = row.duration_ms == null ? '' : ` in ${duration(row.duration_ms)}`;
  const why = row.why ? `: ${row.why}` : '';
  const run = row.run_id && row.status ? `, run ${row.run_id}` : '';
  return `${stateWord(row)}${took}${why}${run}`;
}

const again = ({ kind, state, status, run_id }: CalendarRow['reruns'][number]) =>
  `run again by a ${kind}: ${status ?? state}, run ${run_id}`;
