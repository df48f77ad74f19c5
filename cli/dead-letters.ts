import { type Command, InvalidArgumentError, Option } from 'commander';
import * as z from 'zod';
import { apiOf, list, read } from './api.ts';
import { printLetter, printLetters } from './dead-letter-report.ts';
import { Chosen, DeadLetter } from './dead-letter-shape.ts';
import { note, print, printJson, wantsJson } from './print.ts';
import { instantOption, wholeNumber } from './program.ts';
import { runId } from './run.ts';
import { UsageError } from './usage-error.ts';

const REASONS = ['no-answer', 'poison', 'refused', 'failed'];

type Filter = {
  type?: string;
  reason?: string;
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
  const api = apiOf(command);
  const query = { ...wishedOf(filter), replayed: replayed ?? (notReplayed ? false : undefined) };
  const given = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) if (value !== undefined) given.set(name, String(value));
  const { rows, more } = await list(api, '/dead-letters', given, limit ?? 20);
  if (wantsJson(command)) return printJson(rows);
  const letters = read(z.array(DeadLetter), rows, api.url);
  if (letters.length === 0) return note('No dead letters.');
  printLetters(letters);
  if (more) note(`There are more: --limit ${(limit ?? 20) * 2}`);
}

const wishedOf = ({ run, ...filter }: Filter) => ({ ...filter, run_id: run });

async function showLetter(id: string, command: Command): Promise<void> {
  const api = apiOf(command);
  const { body } = await api.get(`/dead-letters/${id}`);
  if (wantsJson(command)) return printJson(body);
  printLetter(read(DeadLetter, body, api.url));
}

type Replaying = Filter & { why: string; dryRun?: boolean; expect?: number; limit?: number };

async function replay(id: string | undefined, options: Replaying, command: Command): Promise<void> {
  const { why, dryRun, expect, limit, ...filter } = options;
  const api = apiOf(command);
  if (id !== undefined) {
    const named = Object.values({ ...filter, expect, limit }).some((value) => value !== undefined);
    if (named) throw new UsageError('Name one by its number, or many by a filter, not both.');
    const { body } = await api.post(`/dead-letters/${id}/replay`, { why, dry_run: dryRun });
    return wantsJson(command) ? printJson(body) : printLetter(read(DeadLetter, body, api.url));
  }
  // Who has not seen how many there are is shown it first.
  const wish = { filter: wishedOf(filter), why, dry_run: dryRun || expect === undefined, expect, limit };
  const { body } = await api.post('/dead-letters/replay', wish);
  if (wantsJson(command)) return printJson(body);
  const { dry_run, ...chosen } = read(Chosen, body, api.url);
  const rest = `${chosen.pointless} pointless, ${chosen.refused} that may not be sent, ${chosen.on_its_way} on their way`;
  print(`${chosen.matching} fit: ${chosen.useful} useful to send again, ${rest}.`);
  print(`${dry_run ? 'Would be sent' : 'Sent'} again: ${chosen.replayed.join(', ') || 'none'}`);
  if (dry_run && chosen.replayed.length > 0) note(`To do it: the same with --expect ${chosen.useful}`);
}
