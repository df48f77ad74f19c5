import type { Command } from 'commander';
import { readCalendar } from '../lib/contract/calendar.ts';
import { answeredWell, answerLine } from './calendar-answer.ts';
import { printCalendar } from './calendar-table.ts';
import { doorsOf } from './doors.ts';
import { listed } from './listed.ts';
import { note, print, printJson, wantsJson } from './print.ts';
import { wholeNumber } from './program.ts';
import { told } from './told.ts';
import { UsageError } from './usage-error.ts';
import { visible } from './visible.ts';

type Options = {
  from?: string;
  to?: string;
  state?: string;
  at?: string;
  each?: true;
  limit?: number;
};

/** Slots that are shown unasked: three days of a slot every five minutes. */
const MOST = 1000;

const EXAMPLES = `
Times are read in the zone of the schedule: 02:00, "yesterday 02:00", 2026-11-20, 2026-11-20T02:00, or with a zone
2026-11-20T02:00:00Z.

  npx kubescribe calendar market-bars --at 02:00      why was there no 02:00 run?
  npx kubescribe calendar market-bars --state missed,unplanned --from 2026-11-01`;

/** Adds `kubescribe calendar` to the program. */
export function register(program: Command): void {
  program
    .command('calendar')
    .description('says what became of each slot, and why; with --at of one, exit code 1 unless it ran well')
    .argument('<pipeline>', 'its name')
    .option('--from <time>', 'from then on (else the last 24 hours)')
    .option('--to <time>', 'up to then (else with the next few slots)')
    .option('--state <states>', 'only those in these states, such as missed,skipped')
    .option('--at <time>', 'what became of this one time, in one line')
    .option('--each', 'a line for each slot, also where they are alike')
    .option('--limit <count>', 'how many slots at most', wholeNumber)
    .addHelpText('after', EXAMPLES)
    .action(showCalendar);
}

async function showCalendar(pipeline: string, options: Options, command: Command): Promise<void> {
  const { at, each = false, limit = MOST, ...range } = options;
  const path = { name: pipeline };
  if (at !== undefined) {
    if (Object.keys(options).length > 1) throw new UsageError('--at stands alone.');
    process.exitCode = await showAt({ path, query: { at } }, command);
    return;
  }
  const doors = doorsOf(command);
  const { rows, more } = await listed(readCalendar, limit, (page) =>
    doors.GET('/pipelines/{name}/calendar', { params: { path, query: { ...range, ...page } } }),
  );
  if (wantsJson(command)) return printJson(rows);
  if (rows.length === 0) return note('No slots.');
  printCalendar(rows, { each });
  if (more) note(`There are more: --limit ${limit * 2}`);
}

async function showAt(
  params: { path: { name: string }; query: { at: string } },
  command: Command,
): Promise<number> {
  const asking = doorsOf(command).GET('/pipelines/{name}/calendar', { params });
  const rows = await told(readCalendar, asking);
  if (wantsJson(command)) printJson(rows);
  else print(visible(answerLine(rows)));
  return answeredWell(rows) ? 0 : 1;
}
