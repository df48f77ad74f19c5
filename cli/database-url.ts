import type { Config } from '../lib/config.ts';
import { homeFolder, readLocal } from './place.ts';

/** The variable that says where a database is. */
export const SETTING = { runlog: 'RUNLOG_DB_URL', report: 'REPORT_DB_URL', prod: 'PROD_DB_URL' } as const;
export type Database = keyof typeof SETTING;

/** The URL that the environment sets for a database. */
export const givenUrl = (config: Config, database: Database) => config[`${database}Url`];

/** The URL that the environment sets for a database, else that of what `make run` started. */
export function databaseUrl(config: Config, database: Database): string {
  const home = homeFolder(config);
  const url = givenUrl(config, database) ?? readLocal(home)?.databases[database];
  if (url) return url;
  throw new Error(
    `${SETTING[database]} is not set, and nothing was started in ${home}: set it, or \`make run\`.`,
  );
}
