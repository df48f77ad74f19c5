/** A pipeline's schedule as a terminal shows it. */
import type { Told } from './paths.ts';
import { pauseText } from './pause-text.ts';
import { type Column, print, printFacts, printTable } from './print.ts';
import { instant } from './time-text.ts';

type Shown = Told<'getSchedule', 200>;
type Row = Shown['history'][number];

const words = ({ cron, timezone }: NonNullable<Shown['file']>) => `"${cron}" in ${timezone}`;

/** Prints what is in force and what comes next and, unless said otherwise, what was. */
export function printSchedule(shown: Shown, { history = true } = {}): void {
  const { schedule, file, pause, pause_after } = shown;
  const overridden = schedule?.origin === 'override';
  const changed = shown.file_changed ? ' (changed since the override)' : '';
  printFacts([
    ['pipeline', shown.pipeline],
    ['schedule', schedule ? words(schedule) : 'none: it runs when it is asked to'],
    ['clocks', schedule && `a time left out: ${schedule.gap}; a time repeated: ${schedule.overlap}`],
    [overridden ? 'overridden' : 'since', schedule && byWhom(schedule)],
    ['its file', overridden ? (file ? words(file) : 'none') + changed : undefined],
    ['paused', pause && pauseText(pause)],
    ['pauses by itself', pause_after ? `after ${failures(pause_after)} of its slots` : undefined],
    ...shown.next_slots.map((slot, i) => [i === 0 ? 'next' : '', instant(slot)] as const),
  ]);
  if (pause && shown.next_slots.length > 0) print('\nWhile it is paused, its slots are skipped.');
  if (!history || shown.history.length === 0) return;
  print();
  printTable(columns, shown.history);
}

const failures = (count: number) => (count === 1 ? '1 failure' : `${count} failures in a row`);

const byWhom = ({ valid_from, written_by, why, origin }: Row) =>
  `${origin === 'override' ? 'since ' : ''}${instant(valid_from)} by ${written_by}${why ? `: ${why}` : ''}`;

const columns: Column<Row>[] = [
  { title: 'FROM', text: (row) => instant(row.valid_from) },
  { title: 'UNTIL', text: (row) => (row.valid_until ? instant(row.valid_until) : 'now') },
  { title: 'CRON', text: (row) => row.cron, most: 40 },
  { title: 'ZONE', text: (row) => row.timezone, most: 40 },
  { title: 'ORIGIN', text: (row) => row.origin },
  { title: 'BY', text: (row) => row.written_by, most: 40 },
  { title: 'WHY', text: (row) => row.why, most: 60 },
  { title: 'ENDED', text: (row) => [row.closed_by, row.close_why].filter(Boolean).join(': '), most: 60 },
];
