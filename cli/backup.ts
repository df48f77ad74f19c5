import { join, resolve } from 'node:path';
import { type Command, Option } from 'commander';
import { backup, removeOld, type Wish } from '../lib/backup/backup.ts';
import type { Kept } from '../lib/backup/keep.ts';
import type { Manifest } from '../lib/backup/manifest.ts';
import { WITHIN_HOURS } from '../lib/backup/newest.ts';
import { verify } from '../lib/backup/verify.ts';
import { type Config, loadConfig } from '../lib/config.ts';
import { openRunLog } from '../lib/db/connect.ts';
import { progress, until } from './backup-progress.ts';
import { byteText } from './byte-text.ts';
import { databaseUrl } from './database-url.ts';
import { note, print, printJson, wantsJson } from './print.ts';
import { wholeNumber } from './program.ts';
import { duration } from './time-text.ts';
import { visible } from './visible.ts';

type Options = { dir: string; keep?: number; verify?: true; by: Manifest['by']; within: number };

/** Adds `kubescribe backup` to the program. */
export function register(program: Command): void {
  program
    .command('backup')
    .description('writes all of RunLog, as it is at one moment, to a file; asks RunLog alone')
    .requiredOption('--dir <folder>', 'where backups are kept; it is made when it is missing')
    .option('--verify', 'restore it into a scratch database and compare every table')
    .option(
      '--keep <count>',
      'remove all but the newest so many; the newest that was verified stays',
      wholeNumber,
    )
    .addOption(
      new Option('--within <hours>', 'warn when no verified backup follows in this time')
        .argParser(wholeNumber)
        .default(WITHIN_HOURS),
    )
    .addOption(
      new Option('--by <program>', 'KubeScribe itself, or pg_dump where it is installed and new enough')
        .choices(['rows', 'pg_dump'])
        .default('rows'),
    )
    .action(makeBackup);
}

async function makeBackup(options: Options, command: Command): Promise<void> {
  const config = loadConfig();
  const url = databaseUrl(config, 'runlog');
  const folder = resolve(options.dir);
  const db = openRunLog(url, { name: 'kubescribe backup', max: 1 });
  const began = performance.now();
  try {
    const done = await until(async (signal) => {
      const wish: Wish = { ...options, url, db, folder, signal, onTable: progress('reads') };
      const manifest = await backup(wish, (kept) =>
        options.verify ? tryOut(kept, wish, config) : Promise.resolve(kept.manifest),
      );
      const { keep } = options;
      const removed = keep === undefined ? [] : await removeOld(wish, manifest.database, keep, Date.now());
      return { manifest, removed };
    });
    const took = performance.now() - began;
    if (wantsJson(command)) printJson(summary(folder, done, took));
    else report(folder, done, took);
  } finally {
    await db.destroy();
  }
}

const tryOut = (kept: Kept, { url, db, signal }: Wish, { scratchUrl }: Config) =>
  verify(kept, {
    server: scratchUrl ?? url,
    db,
    signal,
    onTable: progress('restores'),
    now: () => new Date().toISOString(),
  });

type Done = { manifest: Manifest; removed: string[] };

const rowsOf = ({ tables }: Manifest) => tables.reduce((sum, { rows }) => sum + rows, 0);

const summary = (folder: string, { manifest, removed }: Done, took: number) => ({
  file: join(folder, manifest.file),
  bytes: manifest.bytes,
  sha256: manifest.sha256,
  taken_at: manifest.taken_at,
  tables: manifest.tables.length,
  rows: rowsOf(manifest),
  verified: manifest.verified !== null,
  left_out: manifest.left_out,
  removed,
  took_ms: Math.round(took),
});

function report(folder: string, { manifest, removed }: Done, took: number): void {
  const { file, tables, bytes, verified, left_out } = manifest;
  const was = verified ? 'restored once and compared' : 'not verified: `npx kubescribe verify` does it';
  print(visible(join(folder, file)));
  print(
    `${rowsOf(manifest)} rows of ${tables.length} tables, ${byteText(bytes)}, in ${duration(took)}; ${was}.`,
  );
  for (const name of removed) print(`Removed ${visible(name)}`);
  if (left_out.length > 0)
    note(
      `Not KubeScribe's, and left out: ${visible(left_out.join(', '))}. \`--by pg_dump\` takes the whole database.`,
    );
}
