import { type Command, InvalidArgumentError } from 'commander';
import { listRetention, setRetention } from '../lib/contract/retention.ts';
import { doorsOf } from './doors.ts';
import type { Told } from './paths.ts';
import { type Column, printJson, printTable, wantsJson } from './print.ts';
import { instant } from './time-text.ts';
import { told } from './told.ts';

type Kept = Told<'setRetention', 200>;

/** Adds `kubescribe retention` to the program. */
export function register(program: Command): void {
  const retention = program.command('retention').description('shows or sets how long records are kept');
  retention.command('list', { isDefault: true }).description('lists every kind').action(showAll);
  retention
    .command('set')
    .description('keeps a kind for another time; what is older goes at the next daily tick, or by purge')
    .argument('<kind>', 'as the list names it')
    .argument('<days>', 'a number of days, or "forever"', daysOrForever)
    .requiredOption('--why <reason>', 'why, as it is kept and shown')
    .option('--force', 'also outside of its bounds')
    .action(keep);
}

function daysOrForever(text: string): number | null {
  if (text === 'forever') return null;
  if (!/^[1-9]\d{0,4}$/.test(text)) throw new InvalidArgumentError('Give a number of days, or "forever".');
  return Number(text);
}

async function showAll(_options: object, command: Command): Promise<void> {
  const rows = await told(listRetention, doorsOf(command).GET('/retention'));
  if (wantsJson(command)) return printJson(rows);
  printTable(columns, rows);
}

async function keep(
  of: string,
  days: number | null,
  { why, force = false }: { why: string; force?: boolean },
  command: Command,
): Promise<void> {
  const params = { path: { of } };
  const asking = doorsOf(command).PUT('/retention/{of}', { params, body: { days, why, force } });
  const kept = await told(setRetention, asking);
  if (wantsJson(command)) return printJson(kept);
  printTable(columns, [kept]);
}

const columns: Column<Kept>[] = [
  { title: 'KIND', text: (row) => row.of },
  {
    title: 'KEPT',
    text: (row) => (row.days === null ? row.unset : `${row.days} days`) + (row.forced ? ' (forced)' : ''),
  },
  { title: 'BOUNDS', text: (row) => `${row.least_days} to ${row.most_days ?? 'any'}` },
  { title: 'GONE BEFORE', text: (row) => instant(row.gone_before) },
  { title: 'LOOKED THROUGH', text: (row) => (row.under_way ? 'under way' : instant(row.passed_at)) },
  { title: 'WHAT', text: (row) => row.says },
];
