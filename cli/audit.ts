import type { Command } from 'commander';
import { listAudit } from '../lib/contract/audit.ts';
import { anchorOption, verify } from './audit-verify.ts';
import { doorsOf } from './doors.ts';
import { listed } from './listed.ts';
import type { Told } from './paths.ts';
import { type Column, note, printJson, printTable, wantsJson } from './print.ts';
import { instantOption, wholeNumber } from './program.ts';
import { instant } from './time-text.ts';

type Options = {
  actor?: string;
  action?: string;
  subject?: string;
  from?: string;
  to?: string;
  limit: number;
};

type AuditRow = Told<'listAudit', 200>[number];

/** Adds `kubescribe audit` to the program. */
export function register(program: Command): void {
  const audit = program
    .command('audit')
    .description('says who intervened, and checks that nobody changed it');
  audit
    .command('list')
    .description('lists interventions, newest first')
    .option('--actor <name>', 'only those of somebody')
    .option('--action <what>', 'only such as run.cancel')
    .option('--subject <what>', 'only those in a run, by its id, or a pipeline, by its name')
    .option('--from <time>', 'only those at or after it', instantOption)
    .option('--to <time>', 'only those before it', instantOption)
    .option('--limit <count>', 'how many at most', wholeNumber, 20)
    .action(showAudit);
  audit
    .command('verify')
    .description(
      'computes the whole chain anew, straight from RunLog; exit code 1 when something was changed',
    )
    .option(
      '--anchor <hash@number>',
      'an end that was noted down before; may be given several times',
      anchorOption,
    )
    .action(verify);
}

async function showAudit({ limit, ...filter }: Options, command: Command): Promise<void> {
  const doors = doorsOf(command);
  const { rows, more } = await listed(listAudit, limit, (page) =>
    doors.GET('/audit', { params: { query: { ...filter, ...page } } }),
  );
  if (wantsJson(command)) return printJson(rows);
  if (rows.length === 0) return note('No interventions.');
  printTable(columns, rows);
  if (more) note(`There are more: --limit ${limit * 2}`);
}

const columns: Column<AuditRow>[] = [
  { title: 'AT', text: (row) => instant(row.at) },
  { title: 'WHO', text: (row) => row.actor, most: 40 },
  { title: 'FROM', text: (row) => row.came_from, most: 40 },
  { title: 'ACTION', text: (row) => row.action },
  { title: 'SUBJECT', text: (row) => row.subject, most: 63 },
  { title: 'WHY', text: (row) => row.why, most: 80 },
  { title: 'SEAL', text: (row) => row.seal, right: true },
];
