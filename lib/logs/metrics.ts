/** How much is logged, how bad it is, and how long there is room for it. Costs hardly grow with the table. */
import { sql } from 'kysely';
import * as z from 'zod';
import { LEVELS, type LogLine, LogType } from '../contract/log-line.ts';
import type { LogMetrics } from '../contract/log-metrics.ts';
import type { Db } from '../db/connect.ts';
import { readGrowth } from '../upkeep/measure.ts';

/** Lines of a type, or of a level in the last hour, that are counted one by one. */
const MOST_COUNTED = 500_000;
/** Runs with errors in the last hour, those with most first. */
const MOST_RUNS = 100;
const MOST_ERRORS = 100_000;

const lastHour = sql`(clock() - interval '1 hour') at time zone 'UTC'`;

export async function readLogMetrics(db: Db): Promise<LogMetrics> {
  const { rows } = await sql<{ now: Date }>`select clock() as now`.execute(db);
  const [by_type, by_level, error_rates, growth] = [
    await Promise.all(LogType.options.map((type) => countType(db, type))),
    await countLevels(db),
    await rateErrors(db),
    await readLogGrowth(db),
  ];
  return { at: rows[0]!.now.toISOString(), by_type, last_hour: { by_level, error_rates }, growth };
}

const Plan = z.tuple([z.object({ Plan: z.object({ 'Plan Rows': z.number() }) })]);

/** One by one while they are few, then as many as the planner believes. */
async function countType(db: Db, type: LogLine['type']) {
  const { rows } = await sql<{ count: number }>`
    select count(*) as count from (select from logs where type = ${type} limit ${MOST_COUNTED}) line`.execute(
    db,
  );
  const count = rows[0]!.count;
  if (count < MOST_COUNTED) return { type, count, estimated: false };
  const { rows: plans } = await sql<Record<'QUERY PLAN', unknown>>`
    explain (format json) select from logs where type = ${sql.lit(type)}`.execute(db);
  const [{ Plan: plan }] = Plan.parse(plans[0]?.['QUERY PLAN']);
  return { type, count: Math.max(count, plan['Plan Rows']), estimated: true };
}

async function countLevels(db: Db) {
  const { rows } = await sql<{ level: LogLine['level']; count: number }>`
    select level, count from unnest(${[...LEVELS]}::text[]) wanted (level), lateral (
      select count(*) as count from (
        select from logs where logs.level = wanted.level and timestamp > ${lastHour} limit ${MOST_COUNTED}) line) counted`.execute(
    db,
  );
  return LEVELS.map((level) => {
    const count = rows.find((row) => row.level === level)?.count ?? 0;
    return { level, count, at_least: count === MOST_COUNTED };
  });
}

/** First the runs that have errors, by the index of these; then how much each of them said. */
async function rateErrors(db: Db) {
  const { rows } = await sql<{ job_run_id: string; errors: number; total_logs: number; error_rate: number }>`
    select job_run_id, errors, total_logs, errors::float8 / total_logs * 100 as error_rate
      from (select job_run_id, count(*) as errors
              from (select job_run_id from logs
                     where level = 'error' and timestamp > ${lastHour} and job_run_id is not null
                     order by timestamp desc limit ${MOST_ERRORS}) error
             group by job_run_id order by errors desc, job_run_id limit ${MOST_RUNS}) run
     cross join lateral (
       select count(*) as total_logs from logs
        where logs.job_run_id = run.job_run_id and timestamp > ${lastHour}) said
     order by errors desc, job_run_id`.execute(db);
  return rows;
}

type Day = { day: string; bytes: number; lines: number | null };

async function readLogGrowth(db: Db) {
  const { rows: days } = await sql<Day>`
    select to_char(to_date(right(class.relname, 8), 'YYYYMMDD'), 'YYYY-MM-DD') as day,
           pg_total_relation_size(class.oid) as bytes,
           case when class.reltuples >= 0 then class.reltuples::bigint end as lines
      from pg_inherits join pg_class class on class.oid = inhrelid
     where inhparent = 'logs'::regclass and class.relname ~ '^logs_\\d{8}$'
       and to_date(right(class.relname, 8), 'YYYYMMDD') <= (clock() at time zone 'UTC')::date
     order by class.relname desc`.execute(db);
  const table = (await readGrowth(db)).find((one) => one.table === 'logs');
  // Today is not over.
  const whole = days.slice(1, 8).filter(({ lines }) => lines !== null);
  const mean = (of: 'bytes' | 'lines') =>
    whole.length === 0
      ? null
      : Math.round(whole.reduce((sum, day) => sum + (day[of] ?? 0), 0) / whole.length);
  return {
    bytes: table?.bytes ?? 0,
    lines: table?.rows ?? null,
    new_bytes_per_day: mean('bytes'),
    new_lines_per_day: mean('lines'),
    bytes_per_day: table?.bytes_per_day ?? null,
    limit_bytes: table?.limit_bytes ?? null,
    days_to_limit: table?.days_to_limit ?? null,
    days,
  };
}
