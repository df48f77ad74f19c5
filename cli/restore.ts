import type { Command } from 'commander';
import { accountOf } from '../lib/audit/account.ts';
import { takeOver, whatIsThere } from '../lib/backup/take-over.ts';
import { type Config, loadConfig } from '../lib/config.ts';
import { namedBackup } from './backup-named.ts';
import { progress, until } from './backup-progress.ts';
import { databaseUrl } from './database-url.ts';
import { note, print, printJson, wantsJson } from './print.ts';
import { duration } from './time-text.ts';
import { visible } from './visible.ts';

type Options = { replace?: true; why?: string };

/** Adds `kubescribe restore` to the program. */
export function register(program: Command): void {
  program
    .command('restore')
    .description('brings a backup into the database of RUNLOG_DB_URL: all of it or nothing')
    .argument('<backup>', 'its dump, its manifest, or a folder: the newest there')
    .option('--replace', 'also when that RunLog is not empty: what it holds is lost')
    .option('--why <reason>', 'why, as it is kept and shown')
    .action(restore);
}

async function restore(named: string, { replace, why }: Options, command: Command): Promise<void> {
  const config = loadConfig();
  const url = databaseUrl(config, 'runlog');
  const report = reportUrl(config);
  const kept = await namedBackup(named);
  const there = await whatIsThere(url);
  if (there.is === 'filled' && !replace)
    throw new Error(
      `The RunLog of this URL is not empty. With --replace all of it is lost for what was at ${kept.manifest.taken_at}; make a backup of it first.`,
    );
  if (report === undefined)
    note('REPORT_DB_URL is not set: epochs are lifted above its fences when runs come to them.');
  const began = performance.now();
  const { applied, epoch } = await until((signal) =>
    takeOver(kept, there, {
      url,
      report,
      why,
      signal,
      actor: accountOf('kubescribe restore'),
      onTable: progress('restores'),
    }),
  );
  const took = performance.now() - began;
  const { file, taken_at, tables } = kept.manifest;
  const rows = tables.reduce((sum, table) => sum + table.rows, 0);
  if (wantsJson(command))
    return printJson({ file, taken_at, rows, applied, epoch, took_ms: Math.round(took) });
  print(
    `RunLog is what it was at ${taken_at}: ${rows} rows of ${tables.length} tables, in ${duration(took)}.`,
  );
  for (const name of applied) print(`Applied ${visible(name)}`);
  print('Runs go on from there. Where functions have logins of their own, run `npx kubescribe roles`.');
}

function reportUrl(config: Config): string | undefined {
  try {
    return databaseUrl(config, 'report');
  } catch {
    return undefined;
  }
}
