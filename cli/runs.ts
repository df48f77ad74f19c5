import { type Command, InvalidArgumentError, Option } from 'commander';
import { listRuns } from '../lib/contract/list-runs.ts';
import { doorsOf } from './doors.ts';
import { listed } from './listed.ts';
import type { Told } from './paths.ts';
import { type Column, note, printJson, printTable, statusColour, wantsJson } from './print.ts';
import { instantOption, wholeNumber } from './program.ts';
import { duration, instant } from './time-text.ts';
import { UsageError } from './usage-error.ts';

type RunRow = Told<'listRuns', 200>[number];

type Options = {
  component?: string;
  status?: string;
  trigger?: string;
  source?: string;
  from?: string;
  to?: string;
  tag?: string[];
  meta?: string[];
  search?: string;
  limit: number;
};

const STATUSES = ['STARTED', 'SUCCESS', 'ERROR', 'CANCELLED', 'TIMEOUT'];

/** Adds `kubescribe runs` to the program. */
export function register(program: Command): void {
  program
    .command('runs')
    .description('lists runs, newest first')
    .option('--component <name>', 'only those of a pipeline')
    .addOption(
      new Option('--status <status>', 'only those in a status').argParser((text) => {
        const status = text.toUpperCase();
        if (!STATUSES.includes(status)) throw new InvalidArgumentError(`One of ${STATUSES.join(', ')}.`);
        return status;
      }),
    )
    .addOption(new Option('--trigger <what>', 'only those begun so').choices(['cron', 'api', 'manual']))
    .addOption(new Option('--source <where>', 'only those that ran there').choices(['k8s', 'local', 'ci']))
    .option('--from <time>', 'only those that started at or after it', instantOption)
    .option('--to <time>', 'only those that started before it', instantOption)
    .option('--tag <tag>', 'only those that have it; several by repeating', collect)
    .option('--meta <name=value>', 'only those whose meta has this member; several by repeating', collect)
    .option('--search <words>', 'only those whose error has all these words')
    .option('--limit <count>', 'how many at most', wholeNumber, 20)
    .action(showRuns);
}

const collect = (text: string, before: string[] = []) => [...before, text];

/** The members as one JSON object. A value that is JSON counts as that, any other as text. */
function metaOf(pairs: readonly string[]): string {
  const members = pairs.map((pair) => {
    const [, name, value = ''] = /^([^=]+)=(.*)$/s.exec(pair) ?? [];
    if (name === undefined) throw new UsageError(`"--meta ${pair}" is not of the form name=value.`);
    try {
      return [name, JSON.parse(value)];
    } catch {
      return [name, value];
    }
  });
  return JSON.stringify(Object.fromEntries(members));
}

async function showRuns({ limit, tag, meta, search, ...filter }: Options, command: Command): Promise<void> {
  const doors = doorsOf(command);
  const query = { ...filter, tag: tag?.join(','), meta: meta && metaOf(meta), q: search };
  const { rows, more } = await listed(listRuns, limit, (page) =>
    doors.GET('/runs', { params: { query: { ...query, ...page } } }),
  );
  if (wantsJson(command)) return printJson(rows);
  if (rows.length === 0) return note('No runs.');
  printTable(columns, rows);
  if (more) note(`There are more: --limit ${limit * 2}`);
}

const columns: Column<RunRow>[] = [
  { title: 'RUN', text: (run) => run.run_id },
  { title: 'PIPELINE', text: (run) => run.component, most: 63 },
  { title: 'STATUS', text: (run) => run.status, colour: statusColour },
  { title: 'STARTED', text: (run) => instant(run.started_at) },
  { title: 'DURATION', text: (run) => duration(run.duration_ms), right: true },
  { title: 'TRIGGER', text: (run) => run.trigger },
  { title: 'SOURCE', text: (run) => run.source },
  { title: 'WRITTEN', text: (run) => count(run.meta?.written), right: true },
  { title: 'REJECTED', text: (run) => count(run.meta?.rejected), right: true },
  { title: 'ERROR', text: (run) => [run.error_code, run.error_message].filter(Boolean).join(': '), most: 80 },
];

const count = (value: unknown) => (typeof value === 'number' ? value : undefined);
