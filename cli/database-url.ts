import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Config } from '../lib/config.ts';
import { readPostmaster } from '../local/postgres-orphan.ts';
import { HOST, SUPERUSER } from '../local/postgres-server.ts';

const SETTING = { runlog: 'RUNLOG_DB_URL', report: 'REPORT_DB_URL' } as const;

/** The URL that the environment sets for a database, else that of the server that `make run` has started. */
export function databaseUrl(config: Config, database: 'runlog' | 'report'): string {
  const url = database === 'runlog' ? config.runlogUrl : config.reportUrl;
  if (url) return url;
  const folder = join(config.home, 'postgres');
  const postmaster = readPostmaster(folder);
  if (!postmaster) {
    throw new Error(
      `${SETTING[database]} is not set and no KubeScribe runs in ${config.home}: set it, or "make run".`,
    );
  }
  const password = readFileSync(join(folder, 'kubescribe.password'), 'utf8').trim();
  return `postgresql://${SUPERUSER}:${password}@${HOST}:${postmaster.port}/${database}`;
}
