import { createReadStream } from 'node:fs';
import { type Command, Option } from 'commander';
import { type Config, loadConfig } from '../lib/config.ts';
import { connect } from '../lib/db/connect.ts';
import { loadPipelines } from '../lib/pipeline/load.ts';
import { applyChanges, databaseDrift } from '../lib/roles/database-drift.ts';
import { loginUrl } from '../lib/roles/login-url.ts';
import { type Database, logins } from '../lib/roles/logins.ts';
import { type PipelineTables, tablesOf } from '../lib/roles/pipeline-tables.ts';
import type { Change } from '../lib/roles/right.ts';
import { databaseUrl } from './database-url.ts';
import { note, print, printJson, wantsJson } from './print.ts';
import { passwordsFor, readPasswords } from './role-passwords.ts';
import { printSecrets } from './role-secrets.ts';
import { UsageError } from './usage-error.ts';
import { visible } from './visible.ts';

type Options = {
  database?: Database[];
  check?: true;
  dryRun?: true;
  passwords?: true | string;
  rotate?: true;
  secrets?: true;
  read: string[];
  write: string[];
  source: string[];
};

const DATABASES = ['runlog', 'report', 'prod'] as const;
const SECRET = /password 'SCRAM-SHA-256\$[^']*'/;

/** Adds `kubescribe roles` to the program. */
export function register(program: Command): void {
  const tables = (name: string, what: string) =>
    new Option(`--${name} <table...>`, `tables that tasks of free SQL ${what}`).default([], 'none');
  program
    .command('roles')
    .description('makes the logins of functions, each with the least rights, by the URL of an administrator')
    .addOption(
      new Option('--database <name...>', 'which (default: all that are known here)').choices(DATABASES),
    )
    .addOption(
      new Option('--check', 'list what differs; exit code 1 when something does').conflicts('dryRun'),
    )
    .option('--dry-run', 'print the SQL, run nothing')
    .option('--passwords [file]', 'read passwords from the file, else from stdin: a JSON object by login')
    .option('--rotate', 'give every login a new password')
    .option('--secrets', 'generate passwords, and print the Secrets that hold the URLs')
    .addOption(tables('source', 'read in production'))
    .addOption(tables('read', 'read in the report database'))
    .addOption(tables('write', 'write in the report database'))
    .action(roles);
}

async function roles(options: Options, command: Command): Promise<void> {
  const config = loadConfig();
  const places = (options.database ?? DATABASES).flatMap((database) => {
    const url = options.database ? databaseUrl(config, database) : knownUrl(config, database);
    return url === undefined ? [] : [{ database, url }];
  });
  // Says which variable is to be set.
  if (places.length === 0) databaseUrl(config, 'runlog');
  if (options.rotate && !options.secrets && !options.passwords)
    throw new UsageError('--rotate needs --secrets, or nobody would know the new passwords.');
  const given = await passwordsOf(options.passwords);
  const tables = withMore(tablesOf(await loadPipelines(config.pipelines)), options);
  const shown = config.reportTables;

  const done: { database: Database; changes: Change[] }[] = [];
  const made = new Map<string, string>();
  for (const { database, url } of places) {
    const passwords = await passwordsFor(url, database, options, given);
    const changes = await work(url, database, { tables, shown, passwords }, options);
    done.push({ database, changes: changes.map(hidden) });
    for (const { name, secret } of logins) {
      const password = passwords.get(name);
      if (password !== undefined) made.set(secret, loginUrl(url, name, password));
    }
  }
  if (options.secrets && !options.dryRun && !options.check) printSecrets(made);
  else if (wantsJson(command)) printJson(done);
  report(done, options, wantsJson(command) || options.secrets === true);
}

async function passwordsOf(from: true | string | undefined): Promise<ReadonlyMap<string, string>> {
  if (from === undefined) return new Map();
  return readPasswords(from === true ? process.stdin : createReadStream(from));
}

async function work(
  url: string,
  database: Database,
  wish: { tables: PipelineTables; shown: readonly string[]; passwords: ReadonlyMap<string, string> },
  { check, dryRun }: Options,
): Promise<Change[]> {
  const client = await connect(url, { name: 'kubescribe roles', statementTimeout: 60_000 });
  try {
    const changes = await databaseDrift(client, database, wish);
    if (!check && !dryRun) await applyChanges(client, changes);
    return changes;
  } finally {
    await client.end();
  }
}

function report(
  done: readonly { database: Database; changes: Change[] }[],
  { check, dryRun }: Options,
  quiet: boolean,
): void {
  const say = quiet ? note : print;
  for (const { database, changes } of done) {
    const open = changes.filter(({ sql }) => sql === '');
    const todo = changes.filter(({ sql }) => sql !== '');
    if (dryRun && todo.length > 0) say(`-- ${database}`);
    for (const { drift, sql } of dryRun ? todo : changes) {
      if (dryRun) say(`${visible(sql)};`);
      else if (check || sql === '') say(`${database}: ${visible(drift)}`);
    }
    if (!dryRun && !check)
      say(`${database}: ${todo.length === 0 ? 'nothing to do' : `${todo.length} changes made`}`);
    if (check && changes.length === 0) say(`${database}: as it should be`);
    if (check && changes.length > 0) process.exitCode = 1;
    if (dryRun) for (const { drift } of open) note(`${database}: ${visible(drift)}`);
  }
}

const hidden = ({ drift, sql }: Change): Change => ({ drift, sql: sql.replace(SECRET, "password '…'") });

const withMore = (
  { source, report }: PipelineTables,
  options: Pick<Options, 'source' | 'read' | 'write'>,
): PipelineTables => ({
  source: [...new Set([...source, ...options.source])],
  report: {
    written: [...new Set([...report.written, ...options.write])],
    read: [...new Set([...report.read, ...options.read])],
  },
});

function knownUrl(config: Config, database: Database): string | undefined {
  try {
    return databaseUrl(config, database);
  } catch {
    return undefined;
  }
}
