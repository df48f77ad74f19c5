import { type Command, InvalidArgumentError } from 'commander';
import * as z from 'zod';
import { apiOf, read } from './api.ts';
import { byteText, readBytes } from './byte-text.ts';
import { type Column, note, printJson, printTable, wantsJson } from './print.ts';

const Growth = z.object({
  table: z.string(),
  bytes: z.number(),
  rows: z.number().nullable(),
  bytes_per_day: z.number().nullable(),
  limit_bytes: z.number().nullable(),
  days_to_limit: z.number().nullable(),
});
type Growth = z.infer<typeof Growth>;

/** Adds `kubescribe tables` to the program. */
export function register(program: Command): void {
  const tables = program
    .command('tables')
    .description('shows how large the tables of RunLog are, and how fast they grow');
  tables.command('list', { isDefault: true }).description('lists them, the largest first').action(listTables);
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

async function listTables(_options: object, command: Command): Promise<void> {
  const api = apiOf(command);
  const { body } = await api.get('/tables');
  if (wantsJson(command)) return printJson(body);
  const rows = read(z.array(Growth), body, api.url);
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
  const api = apiOf(command);
  const { body } = await api.put(`/tables/${encodeURIComponent(table)}/limit`, { bytes, why });
  if (wantsJson(command)) return printJson(body);
  printTable(columns, [read(Growth, body, api.url)]);
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
