/** Whether RunLog knows the schedules that the pipeline files declare: only from its rows are slots planned. */
import pg from 'pg';
import type { Config } from '../../lib/config.ts';
import { loadPipelines } from '../../lib/pipeline/load.ts';
import { databaseUrl, givenUrl } from '../database-url.ts';
import { type Finding, fail, ok, warn } from './finding.ts';

const PATIENCE = 5000;
const MEND = 'run `npx kubescribe migrate`, which writes the schedules';

type Row = { pipeline: string; cron: string; timezone: string; written_by: string };

/** Findings about schedules; none when RunLog or the pipelines cannot be read, which others tell. */
export async function checkDeclared(config: Config): Promise<Finding[]> {
  try {
    const [pipelines, rows] = await Promise.all([loadPipelines(config.pipelines), currentSchedules(config)]);
    return pipelines.flatMap(({ name, schedule }) => {
      const row = rows.find(({ pipeline }) => pipeline === name);
      return schedule || row ? [compare(name, schedule, row, givenUrl(config, 'runlog') === undefined)] : [];
    });
  } catch {
    return [];
  }
}

async function currentSchedules(config: Config): Promise<Row[]> {
  const client = new pg.Client({
    connectionString: databaseUrl(config, 'runlog'),
    connectionTimeoutMillis: PATIENCE,
    query_timeout: PATIENCE,
    application_name: 'kubescribe doctor',
  });
  client.on('error', () => {});
  try {
    await client.connect();
    const { rows } = await client.query<Row>(
      'select pipeline, cron, timezone, written_by from schedules where valid_until is null',
    );
    return rows;
  } finally {
    await client.end().catch(() => {});
  }
}

type Schedule = { cron: string; timezone: string };

const words = ({ cron, timezone }: Schedule) => `"${cron}", ${timezone}`;

function compare(
  name: string,
  declared: Schedule | undefined,
  row: Row | undefined,
  embedded: boolean,
): Finding {
  const none = `Schedule of ${name}: RunLog has none, so it never runs by itself`;
  if (!row && embedded) return warn(none, 'nothing, when `make run` was told --no-demo');
  if (!row) return fail(none, MEND);
  if (declared && declared.cron === row.cron && declared.timezone === row.timezone) {
    return ok(`Schedule of ${name}: ${words(row)}`);
  }
  const file = declared ? words(declared) : 'none';
  const what = `Schedule of ${name}: RunLog has ${words(row)}, written by ${row.written_by}; its file says ${file}`;
  return row.written_by === 'pipeline file' ? fail(what, MEND) : warn(what, 'nothing, when that is meant');
}
