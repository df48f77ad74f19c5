/** Doing something to all runs that fit: what they are is shown first, and asked for, and then it is done to those. */
import { randomUUID } from 'node:crypto';
import { createInterface } from 'node:readline/promises';
import { type Command, Option } from 'commander';
import { plural } from '../lib/numbers.ts';
import { type Doors, doorsOf } from './doors.ts';
import type { Told } from './paths.ts';
import { type Column, note, printJson, printTable, wantsJson } from './print.ts';
import { instantOption } from './program.ts';
import { UsageError } from './usage-error.ts';

const filters = ['component', 'status', 'trigger', 'source', 'from', 'to', 'tag'] as const;

export type ManyOptions = { [name in (typeof filters)[number]]?: string } & {
  all?: true;
  dryRun?: true;
  yes?: true;
  why?: string;
};

/** The options of a command that may be about many runs. */
export const forMany = (command: Command) =>
  command
    .option('--all', 'all runs that fit, instead of one by its id')
    .option('--component <name>', 'with --all: those of a pipeline')
    .option('--status <status>', 'with --all: those in a status', (text) => text.toUpperCase())
    .addOption(
      new Option('--trigger <what>', 'with --all: those begun so').choices(['cron', 'api', 'manual']),
    )
    .addOption(
      new Option('--source <where>', 'with --all: those that ran there').choices(['k8s', 'local', 'ci']),
    )
    .option('--tag <tag>', 'with --all: those with a tag')
    .option('--from <time>', 'with --all: those that started at or after it', instantOption)
    .option('--to <time>', 'with --all: those that started before it', instantOption)
    .option('--dry-run', 'with --all: only show which they are')
    .option('--yes', 'with --all: do not ask whether it is meant');

/** The one run that is meant, or undefined for all that fit. A usage error when that is not clear. */
export function theOne(id: string | undefined, options: ManyOptions): string | undefined {
  if (options.all && id !== undefined) throw new UsageError('Name a run, or --all that fit: not both.');
  if (options.all) return undefined;
  const stray = [...filters, 'dryRun', 'yes'].find((name) => name in options);
  if (stray) throw new UsageError(`--${stray === 'dryRun' ? 'dry-run' : stray} goes with --all.`);
  if (id === undefined) throw new UsageError('Name the run, or say --all.');
  return id;
}

type Fates = Told<'cancelRuns', 200>;
type Wish = {
  filter: { [name in (typeof filters)[number]]?: string };
  dry_run?: true;
  expect?: number;
  why?: string | undefined;
};
type Do = (doors: Doors, body: Wish, header: { 'idempotency-key'?: string }) => Promise<Fates>;

/** Shows which runs fit, asks, and does it; the exit code is 1 when some were refused. */
export async function doToMany(command: Command, verb: string, options: ManyOptions, ask: Do): Promise<void> {
  const doors = doorsOf(command);
  const asJson = wantsJson(command);
  const { why } = options;
  const chosen = filters.flatMap((name) => (options[name] === undefined ? [] : [[name, options[name]]]));
  const filter = Object.fromEntries(chosen);
  if (!options.dryRun && why === undefined)
    throw new UsageError('--all needs --why: it is kept with each run.');

  const seen = await ask(doors, { filter, dry_run: true }, {});
  if (seen.count === 0 || options.dryRun) return show(seen, asJson);
  if (!options.yes) await confirm(seen, verb);
  const done = await insist((header) => ask(doors, { filter, expect: seen.count, why }, header));
  show(done, asJson);
  const undone = done.runs.filter(({ fate }) => fate === 'refused' || fate === 'skipped');
  if (undone.length > 0) process.exitCode = 1;
}

/** As often as it takes until none is left; by the key each is done once. */
async function insist(ask: (header: { 'idempotency-key': string }) => Promise<Fates>): Promise<Fates> {
  const header = { 'idempotency-key': randomUUID() };
  for (;;) {
    const told = await ask(header);
    if (told.left === 0) return told;
    note(`${told.count - told.left} of ${told.count} done …`);
  }
}

async function confirm(seen: Fates, verb: string): Promise<void> {
  const question = `${verb} ${plural(seen.count, 'run')}?`;
  if (!process.stdin.isTTY) throw new UsageError(`${question} Say --yes, or look first with --dry-run.`);
  printTable(columns, seen.runs);
  const line = createInterface({ input: process.stdin, output: process.stderr });
  const answer = await line.question(`${question} [y/N] `).finally(() => line.close());
  if (!/^y(es)?$/i.test(answer.trim())) throw new UsageError('Nothing was done.');
}

function show(told: Fates, asJson: boolean): void {
  if (asJson) printJson(told);
  else if (told.count === 0) note('No runs fit.');
  else {
    printTable(columns, told.runs);
    const rest = told.count - told.runs.length;
    note(
      rest > 0
        ? `${plural(told.count, 'run')}; ${rest} more than are shown.`
        : `${plural(told.count, 'run')}.`,
    );
  }
}

const columns: Column<Fates['runs'][number]>[] = [
  { title: 'RUN', text: (run) => run.run_id },
  { title: 'PIPELINE', text: (run) => run.component, most: 63 },
  { title: 'FATE', text: (run) => run.fate },
  { title: 'AGAIN', text: (run) => run.run?.split('/').at(-1) },
  { title: 'WHY', text: (run) => run.why, most: 80 },
];
