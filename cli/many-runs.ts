/** Doing something to all runs that fit: what they are is shown first, and asked for, and then it is done to those. */
import { randomUUID } from 'node:crypto';
import { createInterface } from 'node:readline/promises';
import { type Command, Option } from 'commander';
import * as z from 'zod';
import { type Api, apiOf, read } from './api.ts';
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

/** Whether all that fit are meant. A usage error when that is not clear. */
export function meansMany(id: string | undefined, options: ManyOptions): boolean {
  if (options.all && id !== undefined) throw new UsageError('Name a run, or --all that fit: not both.');
  if (options.all) return true;
  const stray = [...filters, 'dryRun', 'yes'].find((name) => name in options);
  if (stray) throw new UsageError(`--${stray === 'dryRun' ? 'dry-run' : stray} goes with --all.`);
  if (id === undefined) throw new UsageError('Name the run, or say --all.');
  return false;
}

const Told = z.object({
  count: z.number(),
  left: z.number(),
  runs: z.array(
    z.object({
      run_id: z.string(),
      component: z.string(),
      fate: z.string(),
      why: z.string().optional(),
      run: z.string().optional(),
    }),
  ),
});
type Told = z.infer<typeof Told>;

/** Shows which runs fit, asks, and does it; the exit code is 1 when some were refused. */
export async function doToMany(
  command: Command,
  path: string,
  verb: string,
  options: ManyOptions,
): Promise<void> {
  const api = apiOf(command);
  const asJson = wantsJson(command);
  const { why } = options;
  const chosen = filters.flatMap((name) => (options[name] === undefined ? [] : [[name, options[name]]]));
  const filter = Object.fromEntries(chosen);
  if (!options.dryRun && why === undefined)
    throw new UsageError('--all needs --why: it is kept with each run.');

  const { body } = await api.post(path, { filter, dry_run: true });
  const seen = read(Told, body, api.url);
  if (seen.count === 0 || options.dryRun) return show(seen, body, asJson);
  if (!options.yes) await confirm(seen, verb);
  const done = await insist(api, path, { filter, expect: seen.count, why });
  show(read(Told, done, api.url), done, asJson);
  const undone = read(Told, done, api.url).runs.filter(
    ({ fate }) => fate === 'refused' || fate === 'skipped',
  );
  if (undone.length > 0) process.exitCode = 1;
}

/** As often as it takes until none is left; by the key each is done once. */
async function insist(api: Api, path: string, wish: object): Promise<unknown> {
  const headers = { 'idempotency-key': randomUUID() };
  for (;;) {
    const { body } = await api.post(path, wish, headers);
    const { left, count } = read(Told, body, api.url);
    if (left === 0) return body;
    note(`${count - left} of ${count} done …`);
  }
}

async function confirm(seen: Told, verb: string): Promise<void> {
  const question = `${verb} ${plural(seen.count)}?`;
  if (!process.stdin.isTTY) throw new UsageError(`${question} Say --yes, or look first with --dry-run.`);
  printTable(columns, seen.runs);
  const line = createInterface({ input: process.stdin, output: process.stderr });
  const answer = await line.question(`${question} [y/N] `).finally(() => line.close());
  if (!/^y(es)?$/i.test(answer.trim())) throw new UsageError('Nothing was done.');
}

function show(told: Told, body: unknown, asJson: boolean): void {
  if (asJson) printJson(body);
  else if (told.count === 0) note('No runs fit.');
  else {
    printTable(columns, told.runs);
    const rest = told.count - told.runs.length;
    note(rest > 0 ? `${plural(told.count)}; ${rest} more than are shown.` : `${plural(told.count)}.`);
  }
}

const plural = (count: number) => (count === 1 ? '1 run' : `${count} runs`);

const columns: Column<Told['runs'][number]>[] = [
  { title: 'RUN', text: (run) => run.run_id },
  { title: 'PIPELINE', text: (run) => run.component, most: 63 },
  { title: 'FATE', text: (run) => run.fate },
  { title: 'AGAIN', text: (run) => run.run?.split('/').at(-1) },
  { title: 'WHY', text: (run) => run.why, most: 80 },
];
