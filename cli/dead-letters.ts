import { type Command, InvalidArgumentError } from 'commander';
import * as z from 'zod';
import { apiOf, list, read } from './api.ts';
import { type Column, note, print, printFacts, printJson, printTable, wantsJson } from './print.ts';
import { wholeNumber } from './program.ts';
import { instant } from './time-text.ts';
import { UsageError } from './usage-error.ts';
import { visible, visibleJson } from './visible.ts';

const Text = z.string().nullish();

const DeadLetter = z.object({
  id: z.union([z.number(), z.string()]),
  event_source: Text,
  event_id: Text,
  event_type: Text,
  subject: Text,
  run_id: Text,
  attributes: z.unknown(),
  data: z.unknown(),
  reason: Text,
  error_dest: Text,
  error_code: z.number().nullish(),
  error_data: Text,
  overtaken: z.boolean().nullish(),
  times: z.number().nullish(),
  first_seen: Text,
  last_seen: Text,
});
type DeadLetter = z.infer<typeof DeadLetter>;

/** Adds `kubescribe dead-letters` to the program. */
export function register(program: Command): void {
  program
    .command('dead-letters')
    .description('lists events that nobody could take, or shows one')
    .argument('[id]', 'the number of one', (text) => {
      if (!/^\d{1,18}$/.test(text)) throw new InvalidArgumentError('It is the number in the first column.');
      return text;
    })
    .option('--limit <count>', 'how many at most; default 20', wholeNumber)
    .action(showDeadLetters);
}

async function showDeadLetters(
  id: string | undefined,
  { limit }: { limit?: number },
  command: Command,
): Promise<void> {
  const api = apiOf(command);
  if (id !== undefined) {
    if (limit !== undefined) throw new UsageError('--limit is for the list, not for one dead letter.');
    const { body } = await api.get(`/dead-letters/${id}`);
    if (wantsJson(command)) return printJson(body);
    return printLetter(read(DeadLetter, body, api.url));
  }
  const { rows, more } = await list(api, '/dead-letters', new URLSearchParams(), limit ?? 20);
  if (wantsJson(command)) return printJson(rows);
  const letters = read(z.array(DeadLetter), rows, api.url);
  if (letters.length === 0) return note('No dead letters.');
  printTable(columns, letters);
  if (more) note(`There are more: --limit ${(limit ?? 20) * 2}`);
}

const columns: Column<DeadLetter>[] = [
  { title: 'ID', text: (letter) => letter.id, right: true },
  { title: 'LAST SEEN', text: (letter) => instant(letter.last_seen) },
  { title: 'TIMES', text: (letter) => letter.times, right: true },
  { title: 'TYPE', text: (letter) => letter.event_type, most: 60 },
  { title: 'SUBJECT', text: (letter) => letter.subject, most: 60 },
  { title: 'CODE', text: (letter) => letter.error_code, right: true },
  { title: 'OVERTAKEN', text: (letter) => (letter.overtaken ? 'yes' : 'no') },
  { title: 'REASON', text: (letter) => letter.reason, most: 80 },
];

function printLetter(letter: DeadLetter): void {
  printFacts([
    ['id', String(letter.id)],
    ['event', letter.event_id],
    ['type', letter.event_type],
    ['source', letter.event_source],
    ['subject', letter.subject],
    ['run', letter.run_id],
    ['reason', letter.reason],
    ['overtaken', letter.overtaken ? 'yes: its run had moved on when it came' : 'no'],
    ['refused by', letter.error_dest],
    ['with', letter.error_code?.toString()],
    ['saying', letter.error_data],
    ['seen', seen(letter)],
  ]);
  for (const [name, value] of [
    ['attributes', letter.attributes],
    ['data', letter.data],
  ] as const) {
    if (value === undefined || value === null) continue;
    print(`\n${visible(name)}`);
    print(visibleJson(value));
  }
}

function seen({ times, first_seen, last_seen }: DeadLetter): string {
  if ((times ?? 1) === 1) return `once, at ${instant(last_seen)}`;
  return `${times} times, from ${instant(first_seen)} to ${instant(last_seen)}`;
}
