import { type Command, InvalidArgumentError } from 'commander';
import { listTables, setTableLimit } from '../lib/contract/retention.ts';
import { byteText, readBytes } from './byte-text.ts';
import { doorsOf } from './doors.ts';
import type { Told } from './paths.ts';
import { type Column, note, printJson, printTable, wantsJson } from './print.ts';
import { told } from './told.ts';

type Growth = Told<'setTableLimit', 200>;

/** Adds `kubescribe tables` to the program. */
export function register(program: Command): void {
  const tables = program
    .command('tables')
    .description('shows how large the tables of RunLog are, and how fast they grow');
  tables.command('list', { isDefault: true }).description('lists them, the largest first').action(showTables);
  tables
    .command('limit')
    .description('says how large a table, or the "database", may become; "none" forgets it')
    .argument('<table>', 'its name, or "database"')
    .argument('<size>', 'such as 50GB', sizeOrNone)
    .requiredOption('--why <reason>', 'why, as it is kept and shown')
    .action(limitTable);
}

function sizeOrNone(text: string): number | null {
  if (text === 'none') return null;
  const bytes = readBytes(text);
  if (!bytes) throw new InvalidArgumentError('Give a size such as 500MB or 50GB, or "none".');
  return bytes;
}

async function showTables(_options: object, command: Command): Promise<void> {
  const rows = await told(listTables, doorsOf(command).GET('/tables'));
  if (wantsJson(command)) return printJson(rows);
  printTable(columns, rows);
  if (rows.every((row) => row.limit_bytes === null))
    note('How large is the disk? npx kubescribe tables limit database 50GB --why "its disk"');
}

async function limitTable(
  table: string,
  bytes: number | null,
  { why }: { why: string },
  command: Command,
): Promise<void> {
  const params = { path: { table } };
  const asking = doorsOf(command).PUT('/tables/{table}/limit', { params, body: { bytes, why } });
  const limited = await told(setTableLimit, asking);
  if (wantsJson(command)) return printJson(limited);
  printTable(columns, [limited]);
}

const columns: Column<Growth>[] = [
  { title: 'TABLE', text: (row) => row.table },
  { title: 'SIZE', text: (row) => byteText(row.bytes), right: true },
  { title: 'ROWS', text: (row) => row.rows, right: true },
  {
    title: 'A DAY',
    text: (row) => (row.bytes_per_day !== null && byteText(row.bytes_per_day)) || null,
    right: true,
  },
  {
    title: 'LIMIT',
    text: (row) => (row.limit_bytes !== null && byteText(row.limit_bytes)) || null,
    right: true,
  },
  { title: 'DAYS TO LIMIT', text: (row) => row.days_to_limit, right: true },
];
