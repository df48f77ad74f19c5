import { setTimeout as sleep } from 'node:timers/promises';
import { type Command, InvalidArgumentError, Option } from 'commander';
import * as z from 'zod';
import { type Api, apiOf, list, read } from './api.ts';
import {
  BackfillPage,
  BackfillRow,
  countsText,
  DryRun,
  printBackfill,
  printBackfills,
  printDryRun,
  progressText,
} from './backfill-report.ts';
import { lookAt } from './follow-run.ts';
import { note, print, printJson, wantsJson } from './print.ts';
import { instantOption, jsonObject, wholeNumber } from './program.ts';
import { isRunId } from './run-shape.ts';
import { timeOfDay } from './time-text.ts';
import { UsageError } from './usage-error.ts';
import { visible } from './visible.ts';

const SECOND = 1000;
const FIRST_PAUSE = 0.2 * SECOND;
const LONGEST_PAUSE = 3 * SECOND;

type Wanted = {
  from: string;
  until: string;
  reprocess?: string;
  newestFirst?: true;
  concurrency?: number;
  params?: object;
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
  const api = apiOf(command);
  const asJson = wantsJson(command);
  const wish = {
    pipeline,
    ...rest,
    ...(newestFirst && { order: 'newest' }),
    ...(dryRun && { dry_run: true }),
  };
  const { body } = await api.post('/backfills', wish);
  if (wait) {
    process.exitCode = await follow(api, body, asJson);
    return;
  }
  if (asJson) return printJson(body);
  if (dryRun) return printDryRun(read(DryRun, body, api.url));
  const page = read(BackfillPage, body, api.url);
  print(visible(`Backfill ${page.backfill_id} of ${page.pipeline}: ${page.slots} slots`));
  note(visible(`Follow it: npx kubescribe backfill show ${page.backfill_id}`));
}

/** Waits for the end, with a line for whatever changes; 0 when every slot succeeded. */
async function follow(api: Api, accepted: unknown, asJson: boolean): Promise<number> {
  const say = asJson ? note : print;
  let body = accepted;
  let page = read(BackfillPage, body, api.url);
  let said = '';
  for (let pause = FIRST_PAUSE; ; pause = Math.min(pause * 1.5, LONGEST_PAUSE)) {
    const line = visible(
      `${page.pipeline} ${page.backfill_id}  ${progressText(page)}  ${countsText(page.counts)}`,
    );
    if (line !== said) say(`${timeOfDay(new Date())}  ${line}`);
    said = line;
    if (page.ended_at) break;
    await sleep(pause);
    body = await lookAt(api, `/backfills/${page.backfill_id}`);
    page = read(BackfillPage, body, api.url);
  }
  if (asJson) printJson(body);
  return page.counts.succeeded === page.slots ? 0 : 1;
}

async function showAll(options: { pipeline?: string; limit: number }, command: Command): Promise<void> {
  const { limit, ...filter } = options;
  const api = apiOf(command);
  const { rows, more } = await list(api, '/backfills', new URLSearchParams(filter), limit);
  if (wantsJson(command)) return printJson(rows);
  const backfills = read(z.array(BackfillRow), rows, api.url);
  if (backfills.length === 0) return note('No backfills.');
  printBackfills(backfills);
  if (more) note(`There are more: --limit ${limit * 2}`);
}

async function show(id: string, _options: object, command: Command): Promise<void> {
  const api = apiOf(command);
  const { body } = await api.get(`/backfills/${id}`);
  if (wantsJson(command)) return printJson(body);
  printBackfill(read(BackfillPage, body, api.url));
}

async function cancel(id: string, wish: { why?: string }, command: Command): Promise<void> {
  const api = apiOf(command);
  const { body } = await api.post(`/backfills/${id}/cancel`, wish);
  if (wantsJson(command)) return printJson(body);
  printBackfill(read(BackfillPage, body, api.url));
}

function idOption(text: string): string {
  if (!isRunId(text)) throw new InvalidArgumentError('It is the UUID in the first column of the list.');
  return text;
}
