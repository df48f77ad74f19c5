import { sql } from 'kysely';
import type { Db } from '../lib/db/connect.ts';
import type { RunStatus } from '../lib/db/tables.ts';
import { nextSlot, type Schedule } from '../lib/schedule/slots.ts';
import { type Intervention, readInterventions } from './read-interventions.ts';

/** Runs that a strip shows. */
export const STRIP = 40;
/** Pipelines that the page shows, of ours and of names that others write. */
const PIPELINES = 60;
/** Slots that are looked back at for missed ones. */
const SLOTS = 100;

export type StripRun = {
  run_id: string;
  status: RunStatus;
  started_at: Date;
  finished_at: Date | null;
  duration_ms: number | null;
  error_code: string | null;
  error_message: string | null;
};

export type PipelineView = {
  name: string;
  /** Newest first, at most STRIP. */
  runs: StripRun[];
  /** False for a name that only others write. */
  declared: boolean;
  schedule: { cron: string; timezone: string; next: Date | undefined } | undefined;
  waiting: number;
  missed: { slots: number; last: Date; why: string | null } | undefined;
  blocked: { run_id: string; since: Date; why: string | null }[];
  /** How long, in milliseconds, its source's oldest transaction was open, where that is too long. */
  lagging: number | undefined;
  interventions: Intervention[];
};

/** Every pipeline with its last runs, its schedule and what stands in its way; `now` is the database's. */
export async function readPipelines(db: Db): Promise<{ now: Date; pipelines: PipelineView[] }> {
  const [now, strips, calendars, blocked, interventions, lagging] = await Promise.all([
    readClock(db),
    readStrips(db),
    readCalendars(db),
    readBlocked(db),
    readInterventions(db, PIPELINES),
    readLagging(db),
  ]);
  const pipelines = new Map<string, PipelineView>();
  for (const { name, ...run } of strips) {
    const view = pipelines.get(name) ?? emptyView(name);
    pipelines.set(name, view);
    if (run.run_id !== null) view.runs.push({ ...run, run_id: run.run_id });
  }
  for (const { name, cron, timezone, gap, overlap, waiting, slots, last, why } of calendars) {
    const view = pipelines.get(name);
    if (!view) continue;
    view.declared = true;
    view.waiting = waiting;
    if (cron !== null && timezone !== null)
      view.schedule = { cron, timezone, next: next({ cron, timezone, gap, overlap }, now) };
    if (last) view.missed = { slots, last, why };
  }
  for (const { pipeline, ...work } of blocked) pipelines.get(pipeline)?.blocked.push(work);
  for (const { pipeline, ...done } of interventions) pipelines.get(pipeline)?.interventions.push(done);
  for (const { pipeline, lag_ms } of lagging) {
    const view = pipelines.get(pipeline);
    if (view) view.lagging = lag_ms;
  }
  return { now, pipelines: [...pipelines.values()] };
}

const emptyView = (name: string): PipelineView => ({
  name,
  runs: [],
  declared: false,
  schedule: undefined,
  waiting: 0,
  missed: undefined,
  blocked: [],
  lagging: undefined,
  interventions: [],
});

async function readLagging(db: Db): Promise<{ pipeline: string; lag_ms: number }[]> {
  const { rows } = await sql<{ pipeline: string; lag_ms: number }>`
    select pipeline, coalesce(extract(epoch from max(lag)) * 1000, 0)::float8 as lag_ms
      from operation_logs.pipeline_watermarks where status = 'DEGRADED' group by pipeline limit ${PIPELINES}`.execute(
    db,
  );
  return rows;
}

/** A schedule that cannot be read (somebody wrote its row by hand) has no next slot; the page lives on. */
function next(schedule: Schedule, now: Date): Date | undefined {
  try {
    return nextSlot(schedule, now);
  } catch {
    return undefined;
  }
}

async function readClock(db: Db): Promise<Date> {
  const { rows } = await sql<{ now: Date }>`select clock() as now`.execute(db);
  return rows[0]!.now;
}

/** The names are found by skipping through an index: `distinct` would read every run that there ever was. */
async function readStrips(db: Db) {
  const { rows } = await sql<Omit<StripRun, 'run_id'> & { name: string; run_id: string | null }>`
    with recursive seen as (
      (select component from run_log order by component limit 1)
      union all
      select (select component from run_log where component > seen.component order by component limit 1)
        from seen where seen.component is not null
    ), names as (
      (select name from pipelines order by name limit ${PIPELINES})
      union
      (select component from seen where component is not null limit ${PIPELINES})
    )
    select names.name, run.*
      from (select name from names order by name limit ${PIPELINES}) names
      left join lateral (
        select run_id, status, started_at, finished_at, duration_ms, error_code, left(error_message, 400) as error_message
          from run_log where component = names.name
         order by started_at desc, run_id desc limit ${STRIP}) run on true
     order by names.name, run.started_at desc, run.run_id desc`.execute(db);
  return rows;
}

type Calendar = {
  name: string;
  cron: string | null;
  timezone: string | null;
  gap: Schedule['gap'];
  overlap: Schedule['overlap'];
  waiting: number;
  slots: number;
  last: Date | null;
  why: string | null;
};

async function readCalendars(db: Db): Promise<Calendar[]> {
  const { rows } = await sql<Calendar>`
    select pipeline.name, schedule.cron, schedule.timezone, schedule.gap, schedule.overlap,
           waiting.waiting, missed.slots, missed.last, missed.why
      from (select name from pipelines order by name limit ${PIPELINES}) pipeline
      left join schedules schedule on schedule.pipeline = pipeline.name and schedule.valid_until is null
      cross join lateral (
        select count(*)::int as waiting from (
          select from run_requests where pipeline = pipeline.name and state = 'waiting' limit 1000) request) waiting
      cross join lateral (
        select count(*)::int as slots, max(slot) as last, (array_agg(why order by slot desc))[1] as why
          from (
            select slot, state, why from run_requests
             where pipeline = pipeline.name and kind = 'slot'
               and slot <= clock() and slot > clock() - interval '1 day'
             order by slot desc limit ${SLOTS}) recent
         where state = 'missed') missed`.execute(db);
  return rows;
}

async function readBlocked(db: Db) {
  const { rows } = await sql<{ pipeline: string; run_id: string; since: Date; why: string | null }>`
    select pipeline, run_id, blocked_since as since, blocked_why as why
      from run_work where blocked_since is not null order by blocked_since limit ${PIPELINES}`.execute(db);
  return rows;
}
