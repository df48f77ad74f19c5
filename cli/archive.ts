import { resolve } from 'node:path';
import type { Command } from 'commander';
import type { Client } from 'pg';
import { archiveDue } from '../lib/archive/archive.ts';
import { type Archived, listArchives } from '../lib/archive/months.ts';
import { restoreMonth } from '../lib/archive/restore.ts';
import { openSession } from '../lib/backup/session.ts';
import { loadConfig } from '../lib/config.ts';
import { byteText } from './byte-text.ts';
import { databaseUrl } from './database-url.ts';
import { type Column, note, print, printJson, printTable, wantsJson } from './print.ts';
import { instant } from './time-text.ts';
import { UsageError } from './usage-error.ts';
import { visible } from './visible.ts';

/** Adds `kubescribe archive` to the program. */
export function register(program: Command): void {
  const archive = program
    .command('archive')
    .description('months of evidence in files, before they are deleted');
  archive
    .command('write', { isDefault: true })
    .description('writes the months that are older than they are kept to files, and reads those back')
    .option('--to <folder>', 'where; default: KUBESCRIBE_ARCHIVE')
    .action(writeDue);
  archive.command('list').description('the months that are in files').action(list);
  archive
    .command('restore')
    .description('brings a month back from its file, checked first, for a time')
    .argument('<file>', 'the archive, its .json beside it')
    .option('--days <n>', 'for how many days it stays', '30')
    .action(restore);
}

async function onRunLog<T>(work: (client: Client) => Promise<T>): Promise<T> {
  const url = databaseUrl(loadConfig(), 'runlog');
  const client = await openSession(url, 'kubescribe archive');
  return work(client).finally(() => client.end());
}

async function writeDue({ to = loadConfig().archive }: { to?: string }, command: Command): Promise<void> {
  if (!to) throw new UsageError('Say where: --to FOLDER, or KUBESCRIBE_ARCHIVE.');
  const stop = new AbortController();
  process.once('SIGINT', () => stop.abort()).once('SIGTERM', () => stop.abort());
  await onRunLog(async (client) => {
    const written = [];
    for await (const month of archiveDue(client, resolve(to), stop.signal)) {
      written.push(month);
      if (!wantsJson(command)) print(`${month.part}: ${month.rows} rows, written and read back`);
    }
    if (wantsJson(command)) printJson(written);
    else if (written.length === 0) note('No month is older than it is kept and in no file.');
  });
}

const columns: Column<Archived>[] = [
  { title: 'MONTH', text: (row) => row.part },
  { title: 'ROWS', text: (row) => row.rows, right: true },
  { title: 'SIZE', text: (row) => byteText(row.bytes), right: true },
  { title: 'ARCHIVED', text: (row) => instant(row.archived_at.toISOString()) },
  {
    title: 'ONLINE',
    text: (row) => (row.dropped_at ? 'no' : row.held_until ? 'for a time' : 'until purged'),
  },
  { title: 'FILE', text: (row) => visible(row.file) },
];

async function list(_options: object, command: Command): Promise<void> {
  const rows = await onRunLog(listArchives);
  if (wantsJson(command)) printJson(rows);
  else printTable(columns, rows);
}

async function restore(file: string, { days }: { days: string }, command: Command): Promise<void> {
  if (!/^[1-9]\d{0,3}$/.test(days)) throw new UsageError('--days is a whole number from 1 to 9999.');
  const month = await onRunLog((client) => restoreMonth(client, resolve(file), Number(days)));
  if (wantsJson(command)) printJson(month);
  else print(`${month.part} is back: ${month.rows} rows, for ${days} days.`);
}
