import { type Command, InvalidArgumentError, Option } from 'commander';
import * as z from 'zod';
import type { LogFilter } from '../client/log-streamer.ts';
import { loadConfig } from '../lib/config.ts';
import { getRun } from '../lib/contract/get-run.ts';
import { listRuns } from '../lib/contract/list-runs.ts';
import { LEVELS, LogLevel, LogType } from '../lib/contract/log-line.ts';
import { doorsOf } from './doors.ts';
import { followLogs } from './follow-logs.ts';
import { loadLines } from './load-lines.ts';
import { type Line, logText, type Whose } from './log-text.ts';
import type { Told } from './paths.ts';
import { serverPlace } from './place.ts';
import { note, type Shared, wantsJson, write } from './print.ts';
import { instantOption, wholeNumber } from './program.ts';
import { isRunId } from './run-id.ts';
import { told } from './told.ts';
import { UsageError } from './usage-error.ts';
import { visible, visibleJson } from './visible.ts';

const UNITS: Record<string, number> = { s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 };
/** Of lines that are of no one run, unless it is said otherwise. */
const LAST = 100;

type Options = {
  follow?: true;
  system?: true;
  type?: string;
  level?: string;
  minLevel?: string;
  grep?: string;
  since?: string;
  task?: string;
  tail?: number;
};
const TaskName = z.object({ task_name: z.string() });
type Task = Told<'getRun', 200>['tasks'][number];

/** Adds `kubescribe logs` to the program. */
export function register(program: Command): void {
  program
    .command('logs')
    .description('prints the log of a run, of the system or of everything, and follows it')
    .argument(
      '[run]',
      'its id, or the name of a pipeline for its latest run; left out: the last lines of all',
    )
    .option(
      '-f, --follow',
      'go on with lines as they are written; of a run until it ends, with its exit code',
    )
    .option('--system', 'only lines of no run')
    .addOption(new Option('--type <type>', 'only lines of a type').choices(LogType.options))
    .option('--level <levels>', 'only these levels, with commas between them', levelsOption)
    .addOption(new Option('--min-level <level>', 'only this level and worse').choices(LEVELS))
    .option('--grep <expression>', 'only lines in which it is found: a regular expression of RE2')
    .option('--since <time>', 'only what was said since: a time, or 30s, 10m, 2h, 3d', sinceOption)
    .option('--task <name>', 'only lines of one task of the run')
    .option('--tail <count>', `only the last so many; ${LAST} unless a run or a time is named`, wholeNumber)
    .action(showLogs);
}

function levelsOption(text: string): string {
  if (text.split(',').every((level) => LogLevel.safeParse(level).success)) return text;
  throw new InvalidArgumentError(`Of ${LEVELS.join(', ')}.`);
}

function sinceOption(text: string): string {
  const [, count, unit = ''] = /^(\d{1,9})([smhd])$/.exec(text) ?? [];
  if (count === undefined) return instantOption(text);
  return new Date(Date.now() - Number(count) * (UNITS[unit] ?? 0)).toISOString();
}

async function showLogs(run: string | undefined, options: Options, command: Command): Promise<void> {
  if (run !== undefined && options.system) throw new UsageError('A run or --system: not both.');
  if (options.system && options.type) throw new UsageError('--system or --type: not both.');
  if (options.task !== undefined && run === undefined) throw new UsageError('--task goes with a run.');
  if (options.follow && options.tail !== undefined) throw new UsageError('--tail does not go with --follow.');
  const { url } = serverPlace(command.optsWithGlobals<Shared>().url, loadConfig());
  const id = run === undefined || isRunId(run) ? run : await latestOf(command, run);
  const tasks = id === undefined ? [] : await tasksOf(command, id);
  const filter: LogFilter = {
    job_run_id: id,
    task_run_id: options.task === undefined ? undefined : taskNamed(options.task, tasks),
    type: options.system ? 'system' : options.type,
    level: options.level,
    min_level: options.minLevel,
    regex: options.grep,
    from: options.since,
  };
  const whose = id === undefined ? ofAll : ofRun(tasks);
  const tell = wantsJson(command)
    ? (line: Line) => write(`${visibleJson(line, 0)}\n`)
    : (line: Line) => write(`${logText(line, whose)}\n`);
  if (options.follow) process.exitCode = await followLogs({ url, filter, tell });
  else await printLogs(url, filter, options.tail ?? (id || options.since ? undefined : LAST), tell);
}

async function printLogs(
  url: string,
  filter: LogFilter,
  tail: number | undefined,
  tell: (line: Line) => Promise<void>,
): Promise<void> {
  const given = Object.entries(filter).flatMap(([name, value]) =>
    value === undefined ? [] : [[name, value]],
  );
  const query: Record<string, string> = Object.fromEntries(given);
  if (tail === undefined) {
    let count = 0;
    for await (const line of loadLines(url, query)) {
      await tell(line);
      count++;
    }
    return count === 0 ? note('No lines.') : undefined;
  }
  const newestFirst: Line[] = [];
  for await (const line of loadLines(url, { ...query, order: 'desc', limit: String(tail) }))
    newestFirst.push(line);
  if (newestFirst.length === 0) note('No lines.');
  for (const line of newestFirst.reverse()) await tell(line);
}

async function latestOf(command: Command, component: string): Promise<string> {
  const params = { query: { component, limit: '1', fields: 'run_id' } };
  const [latest] = await told(listRuns, doorsOf(command).GET('/runs', { params }));
  if (!latest?.run_id)
    throw new Error(`“${visible(component)}” is no id, and no pipeline of that name has run.`);
  return latest.run_id;
}

async function tasksOf(command: Command, id: string): Promise<Task[]> {
  const params = { path: { run_id: id } };
  return (await told(getRun, doorsOf(command).GET('/runs/{run_id}', { params }))).tasks;
}

function taskNamed(name: string, tasks: readonly Task[]): string {
  const task = tasks.find((one) => one.name === name || one.id === name);
  if (task) return task.id;
  const known = tasks.map((one) => visible(one.name)).join(', ') || 'none yet';
  throw new Error(`The run has no task “${name}”. It has: ${known}.`);
}

function ofRun(tasks: readonly Task[]): Whose {
  const names = new Map(tasks.map(({ id, name }) => [id, name]));
  return ({ task_run_id, metadata }) => {
    if (!task_run_id) return '';
    // Tasks that begin later say their names in their first line.
    const told = TaskName.safeParse(metadata).data?.task_name;
    if (told !== undefined) names.set(task_run_id, told);
    return names.get(task_run_id) ?? `task …${task_run_id.slice(-8)}`;
  };
}

const ofAll: Whose = ({ type, job_run_id }) => (job_run_id ? `run ${job_run_id}` : type);
