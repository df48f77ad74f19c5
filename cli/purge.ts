import { type Command, Option } from 'commander';
import type { Client } from 'pg';
import { type Config, loadConfig } from '../lib/config.ts';
import { connect, type Db, openRunLog } from '../lib/db/connect.ts';
import { kinds } from '../lib/upkeep/kinds.ts';
import { type Preview, preview } from '../lib/upkeep/preview.ts';
import { instantBefore, type Progress, purge } from '../lib/upkeep/purge.ts';
import { byteText } from './byte-text.ts';
import { databaseUrl } from './database-url.ts';
import { type Column, note, print, printJson, printTable, wantsJson } from './print.ts';
import { instant } from './time-text.ts';

const SECOND = 1000;
const NAME = 'kubescribe purge';
/** Counting walks through more rows than a request may. */
const PATIENCE = 60 * SECOND;

type Options = { dryRun?: true | undefined; only?: string[] | undefined; why?: string | undefined };

/** Adds `kubescribe purge` to the program. */
export function register(program: Command): void {
  program
    .command('purge')
    .description(
      'deletes what is older than it is kept, now; asks the databases alone, whatever else is down',
    )
    .option('--dry-run', 'only say what would go')
    .addOption(new Option('--only <kinds...>', 'only these kinds').choices(kinds.map(({ of }) => of)))
    .option('--why <reason>', 'why, as it is kept and shown')
    .action(purgeNow);
}

async function purgeNow({ dryRun, only, why }: Options, command: Command): Promise<void> {
  const config = loadConfig();
  const db = openRunLog(databaseUrl(config, 'runlog'), { name: NAME, max: 2, statementTimeout: PATIENCE });
  const report = await openReport(config);
  try {
    await (dryRun ? show(db, report, only, command) : deleteAll(db, report, { only, why }, command));
  } finally {
    await report?.end().catch(() => {});
    await db.destroy();
  }
}

/** Without it, what is kept there is left alone. */
async function openReport(config: Config): Promise<Client | undefined> {
  try {
    return await connect(databaseUrl(config, 'report'), { name: NAME, statementTimeout: PATIENCE });
  } catch {
    note('The report database cannot be reached: what is kept there is left alone.');
    return undefined;
  }
}

const columns: Column<Preview>[] = [
  { title: 'KIND', text: (row) => row.of },
  { title: 'KEPT', text: (row) => row.keep ?? row.unset },
  { title: 'BEFORE', text: (row) => row.before && instant(row.before.toISOString()) },
  { title: 'ROWS', text: (row) => (row.more ? `over ${row.rows}` : row.rows), right: true },
  { title: 'ABOUT', text: (row) => (row.bytes !== null && byteText(row.bytes)) || null, right: true },
  { title: 'WHAT', text: (row) => row.says },
];

async function show(
  db: Db,
  report: Client | undefined,
  only: string[] | undefined,
  command: Command,
): Promise<void> {
  const rows = [];
  for await (const row of preview(db, report, only)) rows.push(row);
  if (wantsJson(command)) return printJson(rows);
  printTable(columns, rows);
  note('Nothing was deleted. Tasks, slices, books and lines go with their run; requests after it.');
}

/** Ctrl-C ends it after the step under way; whoever purges next goes on from there. */
async function deleteAll(
  db: Db,
  report: Client | undefined,
  { only, why }: Options,
  command: Command,
): Promise<void> {
  const stop = new AbortController();
  const onSignal = () => stop.abort();
  process.once('SIGINT', onSignal).once('SIGTERM', onSignal);
  const json = wantsJson(command);
  const counts: Record<string, number> = {};
  const began = performance.now();
  const { left, failed } = await purge({
    db,
    report,
    since: await instantBefore(db, '0'),
    purger: { by: 'somebody by the CLI', from: 'CLI', why },
    signal: stop.signal,
    only,
    archived: loadConfig().archive !== undefined,
    onStep: (step) => {
      const rows = (counts[step.kind.of] ?? 0) + step.gone;
      counts[step.kind.of] = rows;
      if (!json) tell(step, rows);
    },
    onFailure: ({ of }, error) => note(`${of}: ${error instanceof Error ? error.message : 'failed'}`),
  });
  process.off('SIGINT', onSignal).off('SIGTERM', onSignal);
  const seconds = Math.round((performance.now() - began) / 100) / 10;
  if (json) printJson({ deleted: counts, left, seconds });
  else if (left)
    note('Not all of it is done: `npx kubescribe purge` goes on from here, and so does the daily tick.');
  if (failed || stop.signal.aborted) process.exitCode = 1;
}

/** A line a kind; on a terminal it grows while it goes. */
function tell({ kind, over }: Progress, rows: number): void {
  const line = `${kind.of}: ${rows} rows deleted`;
  if (over) print(line);
  else if (process.stderr.isTTY) process.stderr.write(`\r${line}`);
}
