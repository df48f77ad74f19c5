/** A pipeline's schedule as a terminal shows it. */
import * as z from 'zod';
import { read } from './api.ts';
import { Pause, pauseText } from './pause-shape.ts';
import { type Column, print, printFacts, printTable } from './print.ts';
import { instant } from './time-text.ts';

const Cadence = z.object({ cron: z.string(), timezone: z.string(), gap: z.string(), overlap: z.string() });
const Row = Cadence.extend({
  valid_from: z.string(),
  valid_until: z.string().nullable(),
  origin: z.string(),
  written_by: z.string(),
  why: z.string().nullable(),
  closed_by: z.string().nullable(),
  close_why: z.string().nullable(),
});
const Shown = z.object({
  pipeline: z.string(),
  schedule: Row.nullable(),
  file: Cadence.nullable(),
  file_changed: z.boolean(),
  pause: Pause.nullable(),
  pause_after: z.number().nullable(),
  next_slots: z.array(z.string()),
  history: z.array(Row),
});
type Shown = z.infer<typeof Shown>;
type Row = z.infer<typeof Row>;

/** Reads the answer of `GET …/schedule`. */
export const readSchedule = (body: unknown, url: string): Shown => read(Shown, body, url);

const words = ({ cron, timezone }: z.infer<typeof Cadence>) => `"${cron}" in ${timezone}`;

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
