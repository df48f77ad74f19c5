import type { Command } from 'commander';
import * as z from 'zod';
import { apiOf, read } from './api.ts';
import { type Column, note, print, printJson, printTable, wantsJson } from './print.ts';
import { runId } from './run.ts';
import { duration, instant } from './time-text.ts';
import { visible } from './visible.ts';

const Numbers = z.object({
  a: z.number().nullable(),
  b: z.number().nullable(),
  same: z.boolean(),
  more: z.number().nullable(),
});
type Numbers = z.infer<typeof Numbers>;
const Texts = z.object({ a: z.string().nullable(), b: z.string().nullable(), same: z.boolean() });
type Texts = z.infer<typeof Texts>;
const Side = z.object({
  run_id: z.string(),
  pipeline: z.string(),
  status: z.string().nullable(),
  started_at: z.string().nullish(),
});

const Diff = z.object({
  a: Side,
  b: Side,
  timings: z.record(z.string(), Numbers),
  attempts: Numbers,
  code: Texts,
  revision: Texts,
  config_hash: Texts,
  error: z.object({ code: Texts, message: Texts }),
  params: z.array(z.object({ path: z.string(), a: z.unknown().optional(), b: z.unknown().optional() })),
  tasks: z.array(
    z.object({
      name: z.string(),
      status: Texts,
      duration_ms: Numbers,
      counts: z.record(z.string(), Numbers),
    }),
  ),
});
type Diff = z.infer<typeof Diff>;

type Row = {
  what: string;
  a?: string | undefined;
  b?: string | undefined;
  more?: string | undefined;
  same: boolean;
};

/** Adds `kubescribe diff` to the program. */
export function register(program: Command): void {
  program
    .command('diff')
    .description('shows two runs side by side, or one beside the last success of its lane before it')
    .argument('<a>', 'the run that is looked at', runId)
    .argument('[b]', 'the run that it is compared with', runId)
    .option('--all', 'also what is the same in both')
    .action(diff);
}

async function diff(
  a: string,
  b: string | undefined,
  { all }: { all?: boolean },
  command: Command,
): Promise<void> {
  const api = apiOf(command);
  const { body } = await api.get(`/runs/${a}/diff/${b ?? 'last-success'}`);
  if (wantsJson(command)) return printJson(body);
  const compared = read(Diff, body, api.url);
  for (const name of ['a', 'b'] as const) {
    const { run_id, pipeline, status, started_at } = compared[name];
    print(visible(`${name.toUpperCase()}  ${run_id}  ${pipeline}  ${status ?? '-'}  ${instant(started_at)}`));
  }
  print();
  const rows = rowsOf(compared);
  const shown = all ? rows : rows.filter((row) => !row.same);
  if (shown.length === 0) return note('They do not differ.');
  printTable(columns, shown);
  if (!all) note(`${rows.length - shown.length} are the same: --all`);
}

const columns: Column<Row>[] = [
  { title: 'WHAT', text: (row) => row.what, most: 60, colour: () => 'bold' },
  { title: 'A', text: (row) => row.a, most: 60 },
  { title: 'B', text: (row) => row.b, most: 60 },
  { title: 'A - B', text: (row) => row.more, right: true },
];

function rowsOf(diff: Diff): Row[] {
  return [
    texts('status', { a: diff.a.status, b: diff.b.status, same: diff.a.status === diff.b.status }),
    ...Object.entries(diff.timings).map(([name, pair]) =>
      time(name.replace(/_ms$/, '').replace('_', ' '), pair),
    ),
    count('attempts', diff.attempts),
    texts('code', diff.code),
    texts('revision', diff.revision),
    texts('config', diff.config_hash),
    texts('error', diff.error.code),
    texts('error message', diff.error.message),
    ...diff.params.map(({ path, a, b }) => ({
      what: `params ${path || '/'}`,
      a: JSON.stringify(a),
      b: JSON.stringify(b),
      same: false,
    })),
    ...diff.tasks.flatMap(({ name, status, duration_ms, counts }) => [
      texts(`${name}: status`, status),
      time(`${name}: duration`, duration_ms),
      ...Object.entries(counts).map(([book, pair]) => count(`${name}: ${book}`, pair)),
    ]),
  ];
}

const texts = (what: string, { a, b, same }: Texts): Row => ({
  what,
  a: a ?? undefined,
  b: b ?? undefined,
  same,
});

const count = (what: string, { a, b, same, more }: Numbers): Row => ({
  what,
  a: a?.toString(),
  b: b?.toString(),
  more: more === null || more === 0 ? undefined : `${more > 0 ? '+' : ''}${more}`,
  same,
});

function time(what: string, { a, b, same, more }: Numbers): Row {
  const sign = more !== null && more < 0 ? '-' : '+';
  return {
    what,
    a: a === null ? undefined : duration(a),
    b: b === null ? undefined : duration(b),
    more: more ? `${sign}${duration(Math.abs(more))}` : undefined,
    same,
  };
}
