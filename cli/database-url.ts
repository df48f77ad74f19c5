import type { Config } from '../lib/config.ts';
import { homeFolder, readLocal } from './place.ts';

const SETTING = { runlog: 'RUNLOG_DB_URL', report: 'REPORT_DB_URL' } as const;

/** The URL that the environment sets for a database, else that of what `make run` started. */
export function databaseUrl(config: Config, database: 'runlog' | 'report'): string {
  const given = database === 'runlog' ? config.runlogUrl : config.reportUrl;
  const home = homeFolder(config);
  const url = given ?? readLocal(home)?.databases[database];
  if (url) return url;
  throw new Error(
    `${SETTING[database]} is not set, and nothing was started in ${home}: set it, or \`make run\`.`,
  );
}
