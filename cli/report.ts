import { type Command, Option } from 'commander';
import { listReports, readReport } from '../lib/contract/reports.ts';
import { doorsOf } from './doors.ts';
import { download } from './download.ts';
import { listed } from './listed.ts';
import type { Told } from './paths.ts';
import { type Column, note, printJson, printTable, type Shared } from './print.ts';
import { wholeNumber } from './program.ts';
import { told } from './told.ts';
import { UsageError } from './usage-error.ts';

type Options = {
  where?: string[];
  fields?: string;
  order?: 'asc' | 'desc';
  limit?: number;
};

/** Adds `kubescribe report` to the program. */
export function register(program: Command): void {
  program
    .command('report')
    .description('shows the rows of a table that pipelines write; without its name, which tables there are')
    .argument('[table]', 'such as market_bars')
    .option('--where <condition>', 'such as symbol=AAPL or "ts>=2026-01-05"; several by repeating', collect)
    .option('--fields <columns>', 'only these, with commas between them')
    .addOption(new Option('--order <way>', 'which way the key goes').choices(['asc', 'desc']))
    .option('--limit <count>', 'how many at most; default 20, as CSV all', wholeNumber)
    .action(showReport);
}

const collect = (text: string, before: string[] = []) => [...before, text];

async function showReport(table: string | undefined, options: Options, command: Command): Promise<void> {
  const { limit, where, fields, order } = options;
  const { output } = command.optsWithGlobals<Shared>();
  if (table === undefined) {
    if (Object.keys(options).length > 0)
      throw new UsageError('Name a table: `kubescribe report` lists them.');
    return showTables(output, command);
  }
  const query = { where, fields, order };
  if (output === 'csv')
    return download(command, `/reports/${encodeURIComponent(table)}`, { ...query, limit });
  const most = limit ?? 20;
  const { rows, more } = await listed(readReport, most, (page) =>
    doorsOf(command).GET('/reports/{table}', { params: { path: { table }, query: { ...query, ...page } } }),
  );
  if (output === 'json') return printJson(rows);
  if (rows.length === 0) return note('No rows.');
  printTable(columnsOf(rows), rows);
  if (more) note(`There are more: --limit ${most * 2}, or all of them with -o csv.`);
}

type Row = Record<string, unknown>;

const columnsOf = (rows: readonly Row[]): Column<Row>[] =>
  Object.keys(rows[0] ?? {}).map((name) => ({
    title: name,
    text: (row) => cell(row[name]),
    right: typeof rows[0]?.[name] === 'number',
    most: 60,
  }));

const cell = (value: unknown): string | null =>
  value === null || value === undefined ? null : typeof value === 'string' ? value : JSON.stringify(value);

async function showTables(output: string, command: Command): Promise<void> {
  const tables = await told(listReports, doorsOf(command).GET('/reports'));
  if (output === 'json') return printJson(tables);
  if (output === 'csv') throw new UsageError('Name a table: only its rows come as CSV.');
  if (tables.length === 0) return note('No pipeline has a table yet.');
  printTable(tableColumns, tables);
}

const tableColumns: Column<Told<'listReports', 200>[number]>[] = [
  { title: 'TABLE', text: (row) => row.table, most: 63 },
  { title: 'ROWS', text: (row) => row.rows, right: true },
  { title: 'KEY', text: (row) => row.key.join(', '), most: 60 },
  {
    title: 'WRITTEN BY',
    text: (row) => row.written_by.map(({ pipeline, task }) => `${pipeline}/${task}`).join(', '),
    most: 80,
  },
];
