import type { Config } from '../lib/config.ts';
import { migrateUp, reportMigrations, runlogMigrations, testConnection } from '../lib/db/migrate.ts';
import { logins } from '../lib/roles/logins.ts';
import { makeLogins } from './logins.ts';
import { type LocalPostgres, startPostgres } from './postgres.ts';

const NAMES = ['prod', 'report', 'runlog'] as const;

export type Urls = Record<(typeof NAMES)[number], string>;

export type Databases = {
  urls: Urls;
  /** Which of them are ours, embedded. */
  embedded: readonly (keyof Urls)[];
  version: string | undefined;
  stop(): Promise<void>;
};

/** Brings the three databases up: those that a URL names as they are, the others embedded. */
export async function startDatabases(
  config: Config,
  options: { fresh: boolean; log(text: string): void },
): Promise<Databases> {
  const given = { prod: config.prodUrl, report: config.reportUrl, runlog: config.runlogUrl };
  const embedded = NAMES.filter((name) => !given[name]);
  // First, because an answer that is no is quicker than a server of our own.
  await Promise.all(Object.values(given).map((url) => url && testConnection(url)));
  const server = embedded.length > 0 ? await startEmbedded(config, embedded, options) : undefined;
  const at = (name: keyof Urls) => given[name] ?? server?.url(name) ?? '';
  const urls = { prod: at('prod'), report: at('report'), runlog: at('runlog') };
  return { urls, embedded, version: server?.version, stop: async () => server?.stop() };
}

/** Brings RunLog, and what is ours in the report database, to the newest schema; tells how many steps that took. */
export async function migrateDatabases(urls: Urls): Promise<number> {
  const applied = await Promise.all([
    migrateUp(urls.runlog, runlogMigrations),
    migrateUp(urls.report, reportMigrations),
  ]);
  return applied.flat().length;
}

/** The Secrets that hold the URLs of functions: logins of their own where the database is ours, else what was given. */
export async function secretsOf(
  urls: Urls,
  embedded: readonly (keyof Urls)[],
): Promise<Record<string, string>> {
  const secrets: Record<string, string> = {};
  for (const { secret, database } of logins) secrets[secret] = urls[database];
  // One after another: roles belong to the whole server.
  for (const database of embedded) Object.assign(secrets, await makeLogins(urls[database], database));
  return secrets;
}

function startEmbedded(
  { home }: Config,
  databases: readonly string[],
  { fresh, log }: { fresh: boolean; log(text: string): void },
): Promise<LocalPostgres> {
  return startPostgres({
    home,
    databases: [...databases],
    fresh,
    log,
    settings: { 'kubescribe.allow_clock_shift': 'on' },
  });
}
