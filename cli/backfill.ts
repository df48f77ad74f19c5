import { setTimeout as sleep } from 'node:timers/promises';
import { type Command, InvalidArgumentError, Option } from 'commander';
import { cancelBackfill, getBackfill, listBackfills, startBackfill } from '../lib/contract/backfills.ts';
import { countsText, printBackfill, printBackfills, printDryRun, progressText } from './backfill-report.ts';
import { type Doors, doorsOf } from './doors.ts';
import { lookAt } from './follow-run.ts';
import { listed } from './listed.ts';
import type { Told } from './paths.ts';
import { note, print, printJson, wantsJson } from './print.ts';
import { instantOption, jsonObject, wholeNumber } from './program.ts';
import { isRunId } from './run-id.ts';
import { timeOfDay } from './time-text.ts';
import { told } from './told.ts';
import { UsageError } from './usage-error.ts';
import { visible } from './visible.ts';

const SECOND = 1000;
const FIRST_PAUSE = 0.2 * SECOND;
const LONGEST_PAUSE = 3 * SECOND;

type Wanted = {
  from: string;
  until: string;
  reprocess?: 'none' | 'failed' | 'all';
  newestFirst?: true;
  concurrency?: number;
  params?: Record<string, unknown>;
  why?: string;
  dryRun?: true;
  wait?: true;
};

/** Adds `kubescribe backfill` to the program. */
export function register(program: Command): void {
  const backfill = program.command('backfill').description('runs slots of the past again');
  backfill
    .command('start')
    .description('asks for the slots after --from up to --until, which between them read just that')
    .argument('<pipeline>', 'its name')
    .requiredOption('--from <time>', 'where the data begins, such as 2026-11-20', instantOption)
    .requiredOption('--until <time>', 'where it ends', instantOption)
    .addOption(
      new Option('--reprocess <which>', 'beside the slots that never ran; default none').choices([
        'none',
        'failed',
        'all',
      ]),
    )
    .option('--newest-first', 'begin with the newest slot')
    .option('--concurrency <count>', 'how many at once; default 1', wholeNumber)
    .option('--params <json>', 'their params, a JSON object', jsonObject)
    .option('--why <reason>', 'why, as it is kept and shown')
    .option('--dry-run', 'only tell what it would be')
    .option('--wait', 'wait for the end; exit code 1 when a slot failed or was cancelled')
    .action(start);
  backfill
    .command('list')
    .description('lists backfills, newest first')
    .option('--pipeline <name>', 'only those of a pipeline')
    .option('--limit <count>', 'how many at most', wholeNumber, 20)
    .action(showAll);
  backfill
    .command('show')
    .description('shows how far one has come')
    .argument('<id>', 'its id', idOption)
    .action(show);
  backfill
    .command('cancel')
    .description('cancels what of it waits, and tells its live runs to end')
    .argument('<id>', 'its id', idOption)
    .option('--why <reason>', 'why, as it is kept and shown')
    .action(cancel);
}

async function start(pipeline: string, wanted: Wanted, command: Command): Promise<void> {
  const { newestFirst, dryRun, wait, ...rest } = wanted;
  if (dryRun && wait) throw new UsageError('--dry-run starts nothing that --wait could wait for.');
  const doors = doorsOf(command);
  const asJson = wantsJson(command);
  const body = {
    pipeline,
    ...rest,
    ...(newestFirst && { order: 'newest' as const }),
    ...(dryRun && { dry_run: true }),
  };
  const begun = await told(startBackfill, doors.POST('/backfills', { body }));
  if ('dry_run' in begun) return asJson ? printJson(begun) : printDryRun(begun);
  if (wait) {
    process.exitCode = await follow(doors, begun, asJson);
    return;
  }
  if (asJson) return printJson(begun);
  print(visible(`Backfill ${begun.backfill_id} of ${begun.pipeline}: ${begun.slots} slots`));
  note(visible(`Follow it: npx kubescribe backfill show ${begun.backfill_id}`));
}

/** Waits for the end, with a line for whatever changes; 0 when every slot succeeded. */
async function follow(doors: Doors, begun: Told<'startBackfill', 201>, asJson: boolean): Promise<number> {
  const say = asJson ? note : print;
  const params = { path: { id: begun.backfill_id } };
  let page = begun;
  let said = '';
  for (let pause = FIRST_PAUSE; ; pause = Math.min(pause * 1.5, LONGEST_PAUSE)) {
    const line = visible(
      `${page.pipeline} ${page.backfill_id}  ${progressText(page)}  ${countsText(page.counts)}`,
    );
    if (line !== said) say(`${timeOfDay(new Date())}  ${line}`);
    said = line;
    if (page.ended_at) break;
    await sleep(pause);
    page = await lookAt(() => told(getBackfill, doors.GET('/backfills/{id}', { params })));
  }
  if (asJson) printJson(page);
  return page.counts.succeeded === page.slots ? 0 : 1;
}

async function showAll(options: { pipeline?: string; limit: number }, command: Command): Promise<void> {
  const { limit, ...filter } = options;
  const doors = doorsOf(command);
  const { rows, more } = await listed(listBackfills, limit, (page) =>
    doors.GET('/backfills', { params: { query: { ...filter, ...page } } }),
  );
  if (wantsJson(command)) return printJson(rows);
  if (rows.length === 0) return note('No backfills.');
  printBackfills(rows);
  if (more) note(`There are more: --limit ${limit * 2}`);
}

async function show(id: string, _options: object, command: Command): Promise<void> {
  const params = { path: { id } };
  const page = await told(getBackfill, doorsOf(command).GET('/backfills/{id}', { params }));
  if (wantsJson(command)) return printJson(page);
  printBackfill(page);
}

async function cancel(id: string, body: { why?: string }, command: Command): Promise<void> {
  const asking = doorsOf(command).POST('/backfills/{id}/cancel', { params: { path: { id } }, body });
  const page = await told(cancelBackfill, asking);
  if (wantsJson(command)) return printJson(page);
  printBackfill(page);
}

function idOption(text: string): string {
  if (!isRunId(text)) throw new InvalidArgumentError('It is the UUID in the first column of the list.');
  return text;
}
