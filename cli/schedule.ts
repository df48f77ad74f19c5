import { type Command, Option } from 'commander';
import { getSchedule, overrideSchedule, resetSchedule } from '../lib/contract/schedules.ts';
import { doorsOf } from './doors.ts';
import { note, printJson, wantsJson } from './print.ts';
import { wholeNumber } from './program.ts';
import { printSchedule } from './schedule-report.ts';
import { told } from './told.ts';

type Wanted = {
  cron: string;
  timezone: string;
  gap?: 'skip' | 'once';
  overlap?: 'skip' | 'once' | 'both';
  why: string;
};

const NAME = ['<pipeline>', 'its name'] as const;
const WHY = ['--why <reason>', 'why, as it is kept and shown'] as const;

/** Adds `kubescribe schedule` to the program. */
export function register(program: Command): void {
  const schedule = program.command('schedule').description("shows or changes when a pipeline's slots are");
  schedule
    .command('show')
    .description('shows the schedule in force, its next slots and its history')
    .argument(...NAME)
    .option('--limit <count>', 'how much of the history', wholeNumber, 10)
    .action(show);
  schedule
    .command('set')
    .description("puts a schedule in force in place of the pipeline file's, until it is reset")
    .argument(...NAME)
    .requiredOption('--cron <fields>', 'five cron fields, such as "0 3 * * *"')
    .requiredOption('--timezone <zone>', 'the IANA zone in which they are read, such as Europe/Berlin')
    .addOption(
      new Option('--gap <rule>', 'a slot whose local time a change of clocks leaves out').choices([
        'skip',
        'once',
      ]),
    )
    .addOption(
      new Option('--overlap <rule>', 'a slot whose local time a change of clocks repeats').choices([
        'skip',
        'once',
        'both',
      ]),
    )
    .requiredOption(...WHY)
    .action(set);
  schedule
    .command('reset')
    .description("puts the pipeline file's own schedule in force again")
    .argument(...NAME)
    .requiredOption(...WHY)
    .action(reset);
}

async function show(pipeline: string, { limit }: { limit: number }, command: Command): Promise<void> {
  const query = { limit: String(Math.min(limit, LONGEST_PAGE)) };
  const params = { path: { name: pipeline }, query };
  const asked = doorsOf(command).GET('/pipelines/{name}/schedule', { params });
  const schedule = await told(getSchedule, asked);
  if (wantsJson(command)) return printJson(schedule);
  printSchedule(schedule);
  const more = (await asked).response.headers.has('link');
  if (more && limit < LONGEST_PAGE) note(`There is more history: --limit ${limit * 2}`);
}

async function set(pipeline: string, wanted: Wanted, command: Command): Promise<void> {
  const params = { path: { name: pipeline } };
  const asking = doorsOf(command).PUT('/pipelines/{name}/schedule', { params, body: wanted });
  const schedule = await told(overrideSchedule, asking);
  if (wantsJson(command)) return printJson(schedule);
  printSchedule(schedule, { history: false });
}

async function reset(pipeline: string, wish: { why: string }, command: Command): Promise<void> {
  const params = { path: { name: pipeline } };
  const asking = doorsOf(command).DELETE('/pipelines/{name}/schedule', { params, body: wish });
  const schedule = await told(resetSchedule, asking);
  if (wantsJson(command)) return printJson(schedule);
  printSchedule(schedule, { history: false });
}

/** The largest page that a server gives. */
const LONGEST_PAGE = 200;
