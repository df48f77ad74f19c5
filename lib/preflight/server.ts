/** What the two servers are, as far as reading the one into the other depends on it. */
import type { Client } from 'pg';
import { type Finding, findingsOf } from './finding.ts';

const OLDEST_SERVER = 160000;
const HOUR = 3600;

type Source = {
  number: number;
  version: string;
  replica: boolean;
  feedback: string;
  oldest: number | null;
  prepared: number;
};

/** Findings about production and the report database that hold for every ingest. */
export async function serverFindings(production: Client, report: Client): Promise<Finding[]> {
  const { ok, warn, fail } = findingsOf('databases');
  const { rows } = await production.query<Source>(
    `select current_setting('server_version_num')::int as number, current_setting('server_version') as version,
            pg_is_in_recovery() as replica, current_setting('hot_standby_feedback') as feedback,
            (select extract(epoch from max(clock_timestamp() - xact_start))::float8 from pg_stat_activity
              where backend_xid is not null and pid <> pg_backend_pid()) as oldest,
            (select count(*)::int from pg_prepared_xacts) as prepared`,
  );
  const source = rows[0];
  if (!source) return [fail('production answers nothing')];
  const { number, version, replica, feedback, oldest, prepared } = source;
  if (number < OLDEST_SERVER)
    return [fail(`production is PostgreSQL ${version}`, { mend: '16 or newer is needed' })];
  return [
    ok(`production: PostgreSQL ${version}${replica ? ', a replica' : ''}`),
    ...(replica && feedback === 'off'
      ? [
          warn(
            'production is a replica without hot_standby_feedback: long reads may be broken off by its primary',
            {
              mend: 'set hot_standby_feedback = on, or give a pipeline batchRows',
            },
          ),
        ]
      : []),
    ...(oldest !== null && oldest > HOUR
      ? [
          warn(
            `a transaction of production is open for ${Math.round(oldest / HOUR)} h: what began after it is read when it ends`,
          ),
        ]
      : []),
    ...(prepared > 0
      ? [
          warn(
            `production holds ${prepared} prepared transactions: what began after them is read when they end`,
          ),
        ]
      : []),
    await schemaFinding(report),
  ];
}

async function schemaFinding(report: Client): Promise<Finding> {
  const { ok, fail } = findingsOf('databases');
  const { rows } = await report.query<{ there: boolean }>(
    `select to_regclass('kubescribe.commits') is not null as there`,
  );
  if (rows[0]?.there) return ok('report database: schema kubescribe is there');
  return fail('the report database has no schema kubescribe', { mend: 'npx kubescribe migrate --report' });
}
