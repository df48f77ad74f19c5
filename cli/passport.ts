import type { Command } from 'commander';
import { getPassport } from '../lib/contract/passport.ts';
import { doorsOf } from './doors.ts';
import type { Told } from './paths.ts';
import { type Column, note, print, printFacts, printJson, printTable, wantsJson } from './print.ts';
import { instant } from './time-text.ts';
import { told } from './told.ts';

type Passport = Told<'getPassport', 200>;
type Sibling = Passport['siblings'][number];

/** Adds `kubescribe passport` to the program. */
export function register(program: Command): void {
  program
    .command('passport')
    .description('says where a row of a report is from, and what else was said of it')
    .argument('<table>', 'such as market_bars')
    .argument('<key...>', 'the columns of its key, such as symbol=AAPL ts=2026-01-05T08:00:00Z')
    .action(showPassport);
}

async function showPassport(table: string, key: string[], _options: object, command: Command): Promise<void> {
  const found = await told(
    getPassport,
    doorsOf(command).GET('/passport', { params: { query: { table, key } } }),
  );
  if (wantsJson(command)) return printJson(found);
  const { row, origin, commit, run, sources, siblings, notes } = found;
  printFacts([
    ['key', JSON.stringify(found.key)],
    ['row', row ? JSON.stringify(row) : 'is not there'],
    ['source', origin && [origin.from, origin.source, `no. ${origin.source_id}`].filter(Boolean).join(', ')],
    ['copy of', found.copy_of],
    ['trusted as', origin && `no. ${origin.rank}`],
    ['received', origin?.received_at && instant(origin.received_at)],
    ['written', commit && `${instant(commit.committed_at)}, task ${commit.task}, batch ${commit.batch}`],
    ['window', commit && `transactions ${commit.window.previous_horizon} to ${commit.window.horizon}`],
    ['run', run && `${run.pipeline} ${run.run_id} ${run.status}`],
    ['slot', run?.slot && instant(run.slot)],
    ['made of', sources && `${sources.rows} rows of ${sources.table}`],
  ]);
  if (sources && sources.commits.length > 0) {
    print();
    printTable(commitColumns, sources.commits);
  }
  if (siblings.length > 0) {
    print();
    printTable(siblingColumns, siblings);
  }
  for (const said of notes) note(said);
}

const commitColumns: Column<NonNullable<Passport['sources']>['commits'][number]>[] = [
  { title: 'NO.', text: (commit) => commit.commit_id, right: true },
  { title: 'ROWS', text: (commit) => commit.rows, right: true },
  { title: 'WRITTEN', text: (commit) => commit.committed_at && instant(commit.committed_at) },
  { title: 'TASK', text: (commit) => commit.task },
  { title: 'BATCH', text: (commit) => commit.batch, right: true },
  { title: 'RUN', text: (commit) => commit.run_id },
];

const text = (value: unknown) => (typeof value === 'string' ? value : undefined);

const siblingColumns: Column<Sibling>[] = [
  { title: 'SEEN', text: (row) => instant(row.log_time) },
  { title: 'CLASS', text: (row) => row.class },
  { title: 'RULE', text: (row) => text(row.rule) ?? text(row.column_name), most: 40 },
  {
    title: 'WHAT',
    text: (row) => text(row.error_detail) ?? text(row.resolution) ?? text(row.preferred_source),
    most: 80,
  },
];
