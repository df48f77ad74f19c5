import { type Command, Option } from 'commander';
import { countOperations, listOperations, listWatermarks } from '../lib/contract/operations.ts';
import { doorsOf } from './doors.ts';
import { listed } from './listed.ts';
import type { Told } from './paths.ts';
import { type Column, note, printJson, printTable, wantsJson } from './print.ts';
import { instantOption, wholeNumber } from './program.ts';
import { runId } from './run-id.ts';
import { duration, instant } from './time-text.ts';
import { told } from './told.ts';
import { UsageError } from './usage-error.ts';

const POLICIES = ['reject', 'warn', 'quarantine', 'abort'] as const;

type Filter = {
  symbol?: string;
  pipeline?: string;
  run?: string;
  task?: string;
  errorType?: string;
  rule?: string;
  column?: string;
  policy?: (typeof POLICIES)[number];
  from?: string;
  to?: string;
};
type Options = Filter & { by?: 'hour' | 'day'; limit?: number };

/** Adds `kubescribe operations` to the program. */
export function register(program: Command): void {
  program
    .command('operations')
    .description('why rows were not taken as they came: counts and trends, or the rows of a class')
    .argument('[class]', 'such as cast_errors, data_quality_errors, watermarks')
    .option('--symbol <symbol>', 'only those of it')
    .option('--pipeline <name>', 'only those of a pipeline')
    .option('--run <id>', 'only what a run saw', runId)
    .option('--task <name>', 'only those of a task')
    .option('--error-type <type>', 'only such as fractional_volume')
    .option('--rule <name>', 'only those of a rule')
    .option('--column <name>', 'only those of a column that could not be read')
    .addOption(new Option('--policy <policy>', 'only those of a policy').choices(POLICIES))
    .option('--from <time>', 'only those first seen at or after it', instantOption)
    .option('--to <time>', 'only those first seen before it', instantOption)
    .addOption(new Option('--by <length>', 'of the trend').choices(['hour', 'day']))
    .option('--limit <count>', 'how many at most; default 20', wholeNumber)
    .action(showOperations);
}

async function showOperations(name: string | undefined, options: Options, command: Command): Promise<void> {
  if (name === undefined) return showCounts(options, command);
  const { by, limit = 20, run, errorType, ...filter } = options;
  if (by) throw new UsageError('--by is for the counts, without a class.');
  if (/^(pipeline[_-])?watermarks$/.test(name)) return showWatermarks(filter, limit, command);
  const query = { ...filter, run_id: run, error_type: errorType };
  const path = { class: name };
  const { rows, more } = await listed(listOperations, limit, (page) =>
    doorsOf(command).GET('/api/v1/operations/{class}', { params: { path, query: { ...query, ...page } } }),
  );
  if (wantsJson(command)) return printJson(rows);
  if (rows.length === 0) return note('None.');
  printTable(columns, rows);
  if (more) note(`There are more: --limit ${limit * 2}`);
}

async function showCounts(options: Options, command: Command): Promise<void> {
  const { from, to, by, pipeline, ...rest } = options;
  const foreign = Object.keys(rest)[0];
  if (foreign) throw new UsageError('Name a class: counts are by time and pipeline alone.');
  const query = { from, to, by, pipeline };
  const counts = await told(
    countOperations,
    doorsOf(command).GET('/api/v1/operations', { params: { query } }),
  );
  if (wantsJson(command)) return printJson(counts);
  printTable(countColumns, counts.classes);
  note(`First seen from ${instant(counts.from)} to ${instant(counts.to)}, by ${counts.by}.`);
}

async function showWatermarks({ pipeline, ...rest }: Filter, limit: number, command: Command): Promise<void> {
  if (Object.keys(rest).length > 0) throw new UsageError('Watermarks are found by --pipeline alone.');
  const { rows, more } = await listed(listWatermarks, limit, (page) =>
    doorsOf(command).GET('/api/v1/watermarks', { params: { query: { pipeline, ...page } } }),
  );
  if (wantsJson(command)) return printJson(rows);
  if (rows.length === 0) return note('No watermarks.');
  printTable(watermarkColumns, rows);
  if (more) note(`There are more: --limit ${limit * 2}`);
}

type Row = Told<'listOperations', 200>[number];
const member = (row: Row, ...names: string[]): string | undefined => {
  const values: Record<string, unknown> = row;
  const found = names.map((name) => values[name]).find((value) => value !== null && value !== undefined);
  return typeof found === 'string' ? found : found === undefined ? undefined : JSON.stringify(found);
};

const columns: Column<Row>[] = [
  { title: 'SEEN', text: (row) => instant(member(row, 'log_time')) },
  { title: 'TIMES', text: (row) => member(row, 'sightings'), right: true },
  { title: 'PIPELINE', text: (row) => member(row, 'pipeline'), most: 40 },
  { title: 'SYMBOL', text: (row) => member(row, 'symbol', 'table_name', 'backup_type'), most: 30 },
  { title: 'TS', text: (row) => member(row, 'ts') && instant(member(row, 'ts')) },
  {
    title: 'WHY',
    text: (row) => member(row, 'rule', 'column_name', 'lock_type', 'preferred_source', 'status'),
    most: 30,
  },
  {
    title: 'WHAT',
    text: (row) => member(row, 'error_detail', 'resolution', 'details', 'raw_value', 'file_path'),
    most: 80,
  },
];

const BARS = ' ▁▂▃▄▅▆▇█';

/** A trend as a line of bars, the highest for the most. */
const bars = (counts: readonly number[]) => {
  const most = Math.max(1, ...counts);
  return counts.map((count) => BARS[Math.ceil((count / most) * (BARS.length - 1))]).join('');
};

const countColumns: Column<Told<'countOperations', 200>['classes'][number]>[] = [
  { title: 'CLASS', text: (row) => row.class },
  { title: 'COUNT', text: (row) => `${row.count}${row.at_least ? '+' : ''}`, right: true },
  { title: 'TREND', text: (row) => bars(row.trend.map(({ count }) => count).slice(-48)) },
];

const watermarkColumns: Column<Told<'listWatermarks', 200>[number]>[] = [
  { title: 'WATERMARK', text: (row) => row.pipeline_name, most: 80 },
  { title: 'STATUS', text: (row) => row.status },
  { title: 'READ UP TO', text: (row) => row.last_processed_ts && instant(row.last_processed_ts) },
  {
    title: 'BEHIND',
    text: (row) => (row.behind_seconds === null ? null : duration(row.behind_seconds * 1000)),
    right: true,
  },
  { title: 'UPDATED', text: (row) => row.updated_at && instant(row.updated_at) },
];
