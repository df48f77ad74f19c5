import type { Command } from 'commander';
import { loadConfig } from '../lib/config.ts';
import { findPipeline } from '../lib/pipeline/load.ts';
import { type DryRun, dryRun } from '../lib/preflight/dry-run.ts';
import { databaseUrl } from './database-url.ts';
import { colour, print, printJson, printTable, wantsJson } from './print.ts';
import { cut, visible } from './visible.ts';

const MOST = 100_000;
/** The longest sample that is shown whole. */
const LINE = 160;

/** Does what the ingests of a pipeline would do with the newest rows, and undoes it. */
export async function tryOut(named: string, options: { rows: number }, command: Command): Promise<void> {
  const config = loadConfig();
  const pipeline = await findPipeline(config.pipelines, named);
  const urls = { production: databaseUrl(config, 'prod'), report: databaseUrl(config, 'report') };
  const done: DryRun[] = [];
  for (const { spec } of pipeline.tasks)
    if (spec?.kind === 'ingest')
      done.push(await dryRun(urls, pipeline.name, spec, Math.min(options.rows, MOST)));
  if (done.some(({ refused }) => refused !== undefined)) process.exitCode = 1;
  if (wantsJson(command)) return printJson(done);
  if (done.length === 0) print(`${pipeline.name} has no ingest: there is nothing to try.`);
  for (const run of done) printRun(run);
}

function printRun({ task, books, samples, changes, refused }: DryRun): void {
  print(colour('bold', `${visible(task)}: ${books.read} rows read, nothing kept`));
  for (const [column, what] of Object.entries(changes))
    print(visible(`the source's column "${column}" ${what}`));
  if (refused) print(colour('red', visible(refused)));
  const verdicts = [
    'written',
    'unchanged',
    'deduped',
    'rejected',
    'failed',
    'warned',
    'quarantined',
  ] as const;
  const counts = [
    ...verdicts.map((verdict) => ({ what: verdict as string, rows: books[verdict] })),
    ...Object.entries(books.rejected_by).map(([rule, rows]) => ({ what: `rejected by ${rule}`, rows })),
    ...Object.entries(books.warned_by).map(([rule, rows]) => ({ what: `warned by ${rule}`, rows })),
  ];
  printTable(
    [
      { title: 'VERDICT', text: ({ what }) => what },
      { title: 'ROWS', text: ({ rows }) => rows, right: true },
    ],
    counts.filter(({ rows }) => rows > 0),
  );
  for (const { class: of, rule, symbol, ts, detail } of samples) {
    const about = [rule ?? of, symbol, ts].filter((part) => part !== null).join(' ');
    print(visible(cut(`${about}: ${JSON.stringify(detail.sample ?? detail)}`, LINE)));
  }
}
