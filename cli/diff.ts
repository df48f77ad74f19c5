import type { Command } from 'commander';
import { diffRuns } from '../lib/contract/diff-runs.ts';
import { doorsOf } from './doors.ts';
import type { Told } from './paths.ts';
import { type Column, note, print, printJson, printTable, wantsJson } from './print.ts';
import { runId } from './run-id.ts';
import { duration, instant } from './time-text.ts';
import { told } from './told.ts';
import { visible } from './visible.ts';

type Diff = Told<'diffRuns', 200>;
type Numbers = Diff['attempts'];
type Texts = Diff['code'];

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
  const params = { path: { run_id: a, against: b ?? 'last-success' } };
  const asking = doorsOf(command).GET('/runs/{run_id}/diff/{against}', { params });
  const compared = await told(diffRuns, asking);
  if (wantsJson(command)) return printJson(compared);
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
