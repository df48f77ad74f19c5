/** Backfills as a terminal shows them. */
import type { Told } from './paths.ts';
import { type Column, colour, print, printFacts, printTable, statusColour } from './print.ts';
import { duration, instant } from './time-text.ts';
import { visible } from './visible.ts';

type Row = Told<'listBackfills', 200>[number];
type Page = Told<'getBackfill', 200>;
type DryRun = Told<'startBackfill', 200>;

/** Prints backfills as a table. */
export function printBackfills(rows: readonly Row[]): void {
  printTable(columns, rows);
}

const columns: Column<Row>[] = [
  { title: 'BACKFILL', text: (row) => row.backfill_id },
  { title: 'PIPELINE', text: (row) => row.pipeline, most: 63 },
  { title: 'STATE', text: (row) => row.state },
  { title: 'FROM', text: (row) => instant(row.range_from) },
  { title: 'UNTIL', text: (row) => instant(row.range_until) },
  { title: 'SLOTS', text: (row) => row.slots, right: true },
  { title: 'REPROCESS', text: (row) => row.reprocess },
  { title: 'CREATED', text: (row) => instant(row.created_at) },
  { title: 'BY', text: (row) => row.requested_by, most: 40 },
  { title: 'WHY', text: (row) => row.why, most: 60 },
];

/** Prints what a backfill would be. */
export function printDryRun(dry: DryRun): void {
  printFacts([
    ['pipeline', dry.pipeline],
    ['slots', `${dry.slots}, of which ${dry.asked} would run`],
    ['would run', countsText(dry.asked_for)],
    ['left out', countsText(dry.left_out)],
    ['first slot', instant(dry.first_slot)],
    ['last slot', instant(dry.last_slot)],
    ['reads', `from ${instant(dry.reads.from)} until ${instant(dry.reads.until)}`],
    ['would take', estimateText(dry.estimate_ms, dry.concurrency)],
  ]);
}

/** Prints one backfill with its live runs. */
export function printBackfill(page: Page): void {
  printFacts([
    ['backfill', page.backfill_id],
    ['pipeline', page.pipeline],
    ['state', stateText(page)],
    ['progress', progressText(page)],
    ['slots', countsText(page.counts)],
    ['range', `after ${instant(page.range_from)} up to ${instant(page.range_until)}`],
    ['order', `${page.newest_first ? 'newest' : 'oldest'} first, ${page.concurrency} at once`],
    ['reprocess', page.reprocess],
    ['params', JSON.stringify(page.params)],
    [
      'asked for',
      [instant(page.created_at), page.requested_by && `by ${page.requested_by}`].filter(Boolean).join(' '),
    ],
    ['why', page.why],
    ['time left', page.ended_at ? undefined : estimateText(page.estimate_ms, page.concurrency)],
    ['ended', page.ended_at && instant(page.ended_at)],
  ]);
  if (page.live.length === 0) return;
  print(`\n${colour('dim', 'live')}`);
  for (const { run_id, slot, started_at } of page.live) {
    const words = `${run_id}  slot ${instant(slot)}  since ${instant(started_at)}`;
    print(colour(statusColour('STARTED'), visible(words)));
  }
}

function stateText({ state, cancelled_at, cancelled_by, cancel_why }: Page): string {
  if (!cancelled_at) return state;
  const by = cancelled_by ? ` by ${cancelled_by}` : '';
  return `${state}, ${instant(cancelled_at)}${by}${cancel_why ? `: ${cancel_why}` : ''}`;
}

/** `12 of 24 (50 %)`. */
export const progressText = ({ progress: { done, of } }: Page) =>
  `${done} of ${of}${of > 0 ? ` (${Math.floor((100 * done) / of)} %)` : ''}`;

/** `2 waiting, 1 live`; what is none is left out. */
export const countsText = (counts: Record<string, number>) =>
  Object.entries(counts)
    .filter(([, count]) => count > 0)
    .map(([state, count]) => `${count} ${state}`)
    .join(', ');

const estimateText = (ms: number | null, concurrency: number) =>
  ms === null ? 'unknown: no run has succeeded yet' : `about ${duration(ms)}, ${concurrency} at once`;
