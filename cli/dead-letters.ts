import { type Command, InvalidArgumentError, Option } from 'commander';
import {
  getDeadLetter,
  listDeadLetters,
  replayDeadLetter,
  replayDeadLetters,
} from '../lib/contract/dead-letters.ts';
import { printLetter, printLetters } from './dead-letter-report.ts';
import { doorsOf } from './doors.ts';
import { listed } from './listed.ts';
import { note, print, printJson, wantsJson } from './print.ts';
import { instantOption, wholeNumber } from './program.ts';
import { runId } from './run-id.ts';
import { told } from './told.ts';
import { UsageError } from './usage-error.ts';

const REASONS = ['no-answer', 'poison', 'refused', 'failed'] as const;

type Filter = {
  type?: string;
  reason?: (typeof REASONS)[number];
  pipeline?: string;
  run?: string;
  overtaken?: boolean;
  from?: string;
  to?: string;
};

/** Adds `kubescribe dead-letters` to the program. */
export function register(program: Command): void {
  const letters = program.command('dead-letters').description('events that nobody could take');
  filtered(letters.command('list', { isDefault: true }))
    .description('lists them, newest first')
    .argument('[id]', 'the number of one, which is shown', letterId)
    .option('--replayed', 'only those that somebody sent again')
    .option('--not-replayed', 'only those that nobody sent again')
    .option('--limit <count>', 'how many at most; default 20', wholeNumber)
    .action(showLetters);
  letters
    .command('show')
    .description('shows one: what it was for, why it died, and whether sending it again makes sense')
    .argument('<id>', 'its number', letterId)
    .action((id: string, _options: object, command: Command) => showLetter(id, command));
  filtered(letters.command('replay'))
    .description('sends one again, or the useful ones that fit and that nobody has sent again yet')
    .argument('[id]', 'the number of one', letterId)
    .requiredOption('--why <reason>', 'why; it is kept and shown')
    .option('--dry-run', 'only says what would be sent')
    .option('--expect <count>', 'how many a dry run told of', (text) => Number(wholeNumber(text)))
    .option('--limit <count>', 'how many are sent at most', wholeNumber)
    .action(replay);
}

const filtered = (command: Command) =>
  command
    .option('--type <type>', 'only those of an event type')
    .addOption(new Option('--reason <why>', 'only those that died so').choices(REASONS))
    .option('--pipeline <name>', 'only those about a pipeline')
    .option('--run <id>', 'only those about a run', runId)
    .option('--overtaken', 'only those whose run had moved on')
    .option('--no-overtaken', 'only those whose run had not')
    .option('--from <time>', 'only those first seen at or after it', instantOption)
    .option('--to <time>', 'only those first seen before it', instantOption);

function letterId(text: string): string {
  if (!/^\d{1,18}$/.test(text)) throw new InvalidArgumentError('It is the number in the first column.');
  return text;
}

type Listing = Filter & { limit?: number; replayed?: boolean; notReplayed?: boolean };

async function showLetters(id: string | undefined, options: Listing, command: Command): Promise<void> {
  const { limit, replayed, notReplayed, ...filter } = options;
  if (id !== undefined) {
    if (limit !== undefined) throw new UsageError('--limit is for the list, not for one dead letter.');
    return showLetter(id, command);
  }
  const doors = doorsOf(command);
  const query = {
    ...wishedOf(filter),
    overtaken: truth(filter.overtaken),
    replayed: truth(replayed ?? (notReplayed ? false : undefined)),
  };
  const { rows, more } = await listed(listDeadLetters, limit ?? 20, (page) =>
    doors.GET('/dead-letters', { params: { query: { ...query, ...page } } }),
  );
  if (wantsJson(command)) return printJson(rows);
  if (rows.length === 0) return note('No dead letters.');
  printLetters(rows);
  if (more) note(`There are more: --limit ${(limit ?? 20) * 2}`);
}

const wishedOf = ({ run, ...filter }: Filter) => ({ ...filter, run_id: run });

function truth(value: boolean | undefined): 'true' | 'false' | undefined {
  if (value === undefined) return undefined;
  return value ? 'true' : 'false';
}

async function showLetter(id: string, command: Command): Promise<void> {
  const asking = doorsOf(command).GET('/dead-letters/{id}', { params: { path: { id } } });
  const letter = await told(getDeadLetter, asking);
  if (wantsJson(command)) return printJson(letter);
  printLetter(letter);
}

type Replaying = Filter & { why: string; dryRun?: boolean; expect?: number; limit?: number };

async function replay(id: string | undefined, options: Replaying, command: Command): Promise<void> {
  const { why, dryRun, expect, limit, ...filter } = options;
  const doors = doorsOf(command);
  if (id !== undefined) {
    const named = Object.values({ ...filter, expect, limit }).some((value) => value !== undefined);
    if (named) throw new UsageError('Name one by its number, or many by a filter, not both.');
    const body = { why, dry_run: dryRun };
    const asking = doors.POST('/dead-letters/{id}/replay', { params: { path: { id } }, body });
    const letter = await told(replayDeadLetter, asking);
    return wantsJson(command) ? printJson(letter) : printLetter(letter);
  }
  // Who has not seen how many there are is shown it first.
  const body = { filter: wishedOf(filter), why, dry_run: dryRun || expect === undefined, expect, limit };
  const chosen = await told(replayDeadLetters, doors.POST('/dead-letters/replay', { body }));
  if (wantsJson(command)) return printJson(chosen);
  const rest = `${chosen.pointless} pointless, ${chosen.refused} that may not be sent, ${chosen.on_its_way} on their way`;
  print(`${chosen.matching} fit: ${chosen.useful} useful to send again, ${rest}.`);
  print(`${chosen.dry_run ? 'Would be sent' : 'Sent'} again: ${chosen.replayed.join(', ') || 'none'}`);
  if (chosen.dry_run && chosen.replayed.length > 0) note(`To do it: the same with --expect ${chosen.useful}`);
}
