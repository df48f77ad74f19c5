/** Each database: reachable, let in, new enough, migrated, and of one mind with us about the time. */
import pg from 'pg';
import type { Config } from '../../lib/config.ts';
import { migrationStatus, reportMigrations, runlogMigrations } from '../../lib/db/migrate.ts';
import { sqlState } from '../../lib/db/sqlstate.ts';
import { type Database, databaseUrl, givenUrl, SETTING } from '../database-url.ts';
import { explain, place } from './database-fault.ts';
import { type Finding, fail, ok, warn } from './finding.ts';
import { PATIENCE } from './patience.ts';
import { checkRights } from './rights.ts';

const SECOND = 1000;
const OLDEST_SERVER = 160000;
/** More than this between two clocks makes the times that people compare misleading. */
const DRIFT = 2 * SECOND;
const FORBIDDEN = '42501';

const NAMES: Record<Database, string> = {
  runlog: 'RunLog',
  report: 'Report database',
  prod: 'Production database',
};

/** All findings about one database. */
export async function checkDatabase(config: Config, database: Database): Promise<Finding[]> {
  const name = NAMES[database];
  const variable = SETTING[database];
  const url = urlOf(config, database);
  if (url === undefined) {
    return [
      warn(
        `${name}: ${variable} is not set and no \`make run\` has one going`,
        `\`make run\`, or set ${variable}`,
      ),
    ];
  }
  const client = new pg.Client({
    connectionString: url,
    connectionTimeoutMillis: PATIENCE,
    query_timeout: PATIENCE,
    application_name: 'kubescribe doctor',
  });
  client.on('error', () => {});
  try {
    await client.connect();
    const findings = await look(client, database, place(url));
    if (givenUrl(config, database)) findings.push(await checkRights(client, database, name));
    return findings;
  } catch (error) {
    return [explain(error, { name, url, given: givenUrl(config, database) ? variable : undefined })];
  } finally {
    await client.end().catch(() => {});
  }
}

function urlOf(config: Config, database: Database): string | undefined {
  try {
    return databaseUrl(config, database);
  } catch {
    return undefined;
  }
}

type Facts = { number: number; version: string; timezone: string; now: number };

async function look(client: pg.Client, database: Database, at: string): Promise<Finding[]> {
  const name = NAMES[database];
  const asked = Date.now();
  const { rows } = await client.query<Facts>(
    `select current_setting('server_version_num')::int as number, current_setting('server_version') as version,
            current_setting('TimeZone') as timezone, extract(epoch from clock_timestamp())::float8 * 1000 as now`,
  );
  const answered = Date.now();
  const facts = rows[0];
  if (!facts)
    return [fail(`${name}: ${at} answered nothing`, `see whether ${SETTING[database]} is PostgreSQL`)];
  if (facts.number < OLDEST_SERVER) {
    return [
      fail(`${name}: PostgreSQL ${facts.version} at ${at} is too old`, 'PostgreSQL 16 or newer is needed'),
    ];
  }
  const findings = [ok(`${name}: PostgreSQL ${facts.version} at ${at}`)];
  if (database === 'prod') return [...findings, await checkReadable(client, name)];
  findings.push(await checkMigrated(client, database));
  if (database === 'report') return findings;
  const drift = facts.now < asked ? asked - facts.now : Math.max(0, facts.now - answered);
  return [...findings, checkDrift(drift), checkTimezone(facts.timezone)];
}

async function checkMigrated(client: pg.Client, database: 'runlog' | 'report'): Promise<Finding> {
  const name = database === 'runlog' ? 'RunLog' : 'Report database, schema kubescribe';
  const steps = await migrationStatus(
    client,
    database === 'runlog' ? runlogMigrations : reportMigrations,
  ).catch((error: unknown) => {
    if (sqlState(error) === FORBIDDEN) return undefined;
    throw error;
  });
  if (!steps) return ok(`${name}: which migrations are applied is for the migrator's login to see`);
  const odd = steps.filter(({ state }) => state === 'changed' || state === 'missing');
  if (odd.length > 0) {
    const which = odd.map((step) => `${step.version}_${step.name} ${step.state}`).join(', ');
    return fail(`${name}: migrations differ from what was applied: ${which}`, 'restore those files from git');
  }
  const pending = steps.filter(({ state }) => state === 'pending').length;
  if (pending === 0) return ok(`${name}: ${steps.length} migrations applied`);
  const command = `npx kubescribe migrate${database === 'report' ? ' --report' : ''}`;
  return fail(`${name}: ${pending} of ${steps.length} migrations are pending`, `run \`${command}\``);
}

async function checkReadable(client: pg.Client, name: string): Promise<Finding> {
  const { rows } = await client.query<{ tables: number; readable: number }>(
    `select count(*)::int as tables,
            (count(*) filter (where has_schema_privilege(n.oid, 'usage')
                                and has_table_privilege(c.oid, 'select')))::int as readable
       from pg_class c join pg_namespace n on n.oid = c.relnamespace
      where c.relkind in ('r', 'p', 'v', 'm', 'f') and n.nspname !~ '^pg_' and n.nspname <> 'information_schema'`,
  );
  const { tables, readable } = rows[0] ?? { tables: 0, readable: 0 };
  if (readable > 0) return ok(`${name}: ${readable} of ${tables} tables can be read`);
  if (tables === 0)
    return warn(`${name}: it holds no table`, 'see whether PROD_DB_URL names the right database');
  return fail(
    `${name}: none of its ${tables} tables can be read`,
    'grant usage on the schema and select on its tables',
  );
}

function checkDrift(drift: number): Finding {
  const text = `${(drift / SECOND).toFixed(1)} s`;
  if (drift <= DRIFT) return ok(`Clocks: this machine and RunLog differ by less than ${DRIFT / SECOND} s`);
  return warn(
    `Clocks: this machine and RunLog differ by ${text}`,
    'set both by NTP; RunLog keeps the database time',
  );
}

function checkTimezone(timezone: string): Finding {
  if (/^((Etc\/)?(UTC|UCT|Universal|Zulu|GMT)|GMT0)$/i.test(timezone)) return ok('RunLog: time zone UTC');
  return warn(
    `RunLog: sessions of others begin in ${timezone}, in which logs.timestamp reads wrong`,
    "`alter database … set timezone = 'UTC'` (KubeScribe itself always asks for UTC)",
  );
}
