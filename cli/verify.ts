import type { Command } from 'commander';
import { verify } from '../lib/backup/verify.ts';
import { type Config, loadConfig } from '../lib/config.ts';
import { type Db, openRunLog } from '../lib/db/connect.ts';
import { namedBackup } from './backup-named.ts';
import { progress, until } from './backup-progress.ts';
import { databaseUrl } from './database-url.ts';
import { note, print, printJson, wantsJson } from './print.ts';
import { duration } from './time-text.ts';
import { visible } from './visible.ts';

/** Adds `kubescribe verify` to the program. */
export function register(program: Command): void {
  program
    .command('verify')
    .description('restores a backup into a scratch database, compares every table, and drops it')
    .argument('<backup>', 'its dump, its manifest, or a folder: the newest there')
    .action(tryOut);
}

async function tryOut(named: string, _options: object, command: Command): Promise<void> {
  const config = loadConfig();
  const kept = await namedBackup(named);
  const db = await reachable(config);
  const began = performance.now();
  try {
    const server = config.scratchUrl ?? databaseUrl(config, 'runlog');
    const now = () => new Date().toISOString();
    const { file, tables, verified } = await until((signal) =>
      verify(kept, { server, db, signal, now, onTable: progress('restores') }),
    );
    const took = performance.now() - began;
    const rows = tables.reduce((sum, table) => sum + table.rows, 0);
    if (wantsJson(command))
      printJson({ file, tables: tables.length, rows, verified, took_ms: Math.round(took) });
    else
      print(
        `${visible(file)} is good: ${rows} rows of ${tables.length} tables were restored and are the same, in ${duration(took)}.`,
      );
  } finally {
    await db?.destroy();
  }
}

/** A backup can be tried out when RunLog is gone, for that is what it is for. */
async function reachable(config: Config): Promise<Db | undefined> {
  let db: Db | undefined;
  try {
    db = openRunLog(databaseUrl(config, 'runlog'), { name: 'kubescribe verify', max: 1 });
    await db.selectFrom('run_log').select('run_id').limit(1).execute();
    return db;
  } catch {
    note('RunLog cannot be asked: what is found is told here alone.');
    await db?.destroy().catch(() => {});
    return undefined;
  }
}
