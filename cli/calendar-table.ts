/** The calendar as a table: what is alike and follows each other is one line, so that the rest is seen. */
import { alone, type Fold, foldSlots, typicalTime } from '../lib/calendar/fold.ts';
import { type CalendarRow, localWord, stateWord, wentWell } from './calendar-words.ts';
import { type Column, print, printTable } from './print.ts';
import { duration } from './time-text.ts';
import { visible } from './visible.ts';

type Line = Fold<CalendarRow>;

/** Prints the slots, oldest first, and how many ended how. */
export function printCalendar(rows: readonly CalendarRow[], { each }: { each: boolean }): void {
  const lines = each ? rows.map(alone) : foldSlots(rows);
  printTable(columns(rows[0]?.timezone ?? 'UTC'), lines);
  print(summary(rows));
}

const columns = (timezone: string): Column<Line>[] => [
  { title: `SLOT (${visible(timezone)})`, text: when },
  { title: 'SLOTS', text: ({ rows, first }) => (first.state === 'none' ? 0 : rows.length), right: true },
  { title: 'STATE', text: ({ first }) => stateWord(first), colour: colourOf },
  { title: 'TOOK', text: took, right: true },
  { title: 'RUN', text: ({ rows, first }) => (rows.length === 1 && first.status ? first.run_id : undefined) },
  { title: 'WHY', text: ({ first }) => whyOf(first), most: 120 },
];

function when({ first, last }: Line): string {
  const from = localWord(first);
  const until = first.state === 'none' ? '' : localWord(last);
  const same = until.slice(0, 10) === from.slice(0, 10);
  return until === '' || last === first ? from : `${from} – ${same ? until.slice(11) : until}`;
}

/** Of many, what is typical. */
function took({ rows }: Line): string | undefined {
  const time = typicalTime(rows);
  return time === undefined ? undefined : `${rows.length > 1 ? '~ ' : ''}${duration(time)}`;
}

const whyOf = (row: CalendarRow) =>
  [row.why, ...row.reruns.map(({ kind, status, state, run_id }) => `${kind} ${status ?? state}: ${run_id}`)]
    .filter(Boolean)
    .join('; ');

const colourOf = (word: string) => {
  if (word === 'ran') return 'green';
  if (/ERROR|TIMEOUT|missed|unplanned/.test(word)) return 'red';
  return /late|skipped|replaced|cancelled|CANCELLED/.test(word) ? 'yellow' : 'dim';
};

/** `288 slots: 280 ran, 3 ran late, 2 ran ERROR, 3 expected`. */
function summary(rows: readonly CalendarRow[]): string {
  const slots = rows.filter((row) => row.state !== 'none');
  const counts = new Map<string, number>();
  for (const row of slots) counts.set(stateWord(row), (counts.get(stateWord(row)) ?? 0) + 1);
  const parts = [...counts].sort(([, a], [, b]) => b - a).map(([word, n]) => `${n} ${word}`);
  const mended = slots.filter((row) => row.reruns.length > 0 && wentWell(row)).length;
  const rerun = mended > 0 ? ` (${mended} ran well again)` : '';
  return `${slots.length} ${slots.length === 1 ? 'slot' : 'slots'}${parts.length > 0 ? ': ' : ''}${parts.join(', ')}${rerun}`;
}
