import type { Told } from './paths.ts';
import { type Column, print, printFacts, printTable } from './print.ts';
import { instant } from './time-text.ts';
import { visible, visibleJson } from './visible.ts';

type DeadLetter = Told<'getDeadLetter', 200>;

/** Writes dead letters as a table. */
export const printLetters = (letters: readonly DeadLetter[]): void => printTable(columns, letters);

const columns: Column<DeadLetter>[] = [
  { title: 'ID', text: (letter) => letter.id, right: true },
  { title: 'LAST SEEN', text: (letter) => instant(letter.last_seen) },
  { title: 'TIMES', text: (letter) => letter.times, right: true },
  { title: 'TYPE', text: (letter) => letter.event_type, most: 60 },
  { title: 'SUBJECT', text: (letter) => letter.subject, most: 60 },
  { title: 'REPLAY', text: (letter) => letter.explained.replay },
  { title: 'CODE', text: (letter) => letter.error_code, right: true },
  { title: 'OVERTAKEN', text: (letter) => (letter.overtaken ? 'yes' : 'no') },
  { title: 'REASON', text: (letter) => letter.reason, most: 80 },
];

/** Writes one with its explanation, its replays, its attributes and its data. */
export function printLetter(letter: DeadLetter): void {
  const { explained } = letter;
  printFacts([
    ['id', String(letter.id)],
    ['event', letter.event_id],
    ['type', letter.event_type],
    ['source', letter.event_source],
    ['subject', letter.subject],
    ['run', letter.run_id],
    ['it', explained.for],
    ['for', explained.taker],
    ['died', explained.died],
    ['since', explained.since],
    ['replay', `${explained.replay}: ${explained.because}`],
    ['reason', letter.reason],
    ['overtaken', letter.overtaken ? 'yes: its run had moved on when it came' : 'no'],
    ['refused by', letter.error_dest],
    ['with', letter.error_code?.toString()],
    ['saying', letter.error_data],
    ['seen', seen(letter)],
    ...letter.replays.map((replay): [string, string] => ['replayed', replayed(replay)]),
  ]);
  for (const [name, value] of [
    ['attributes', letter.attributes],
    ['data', letter.data],
  ] as const) {
    if (value === null) continue;
    print(`\n${visible(name)}`);
    print(visibleJson(value));
  }
}

function seen({ times, first_seen, last_seen }: DeadLetter): string {
  if (times === 1) return `once, at ${instant(last_seen)}`;
  return `${times} times, from ${instant(first_seen)} to ${instant(last_seen)}`;
}

function replayed({
  asked_at,
  asked_by,
  why,
  sends,
  taken_at,
  died_at,
}: DeadLetter['replays'][number]): string {
  const asked = `${instant(asked_at)} by ${asked_by} (${why})`;
  if (died_at) return `${asked}: died again at ${instant(died_at)}`;
  if (taken_at) return `${asked}: taken by the Broker at ${instant(taken_at)}`;
  return `${asked}: not yet taken by the Broker, sent ${sends === 1 ? 'once' : `${sends} times`}`;
}
