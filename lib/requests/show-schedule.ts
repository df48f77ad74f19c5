/** A pipeline's schedule as people ask for it: what is in force and why, what comes next, what was before. */
import { sql } from 'kysely';
import type { Db } from '../db/connect.ts';
import { cutPage, newestFirst, type Place } from '../db/keyset.ts';
import type { Pipeline } from '../pipeline/options.ts';
import { ScheduleError } from '../schedule/cron.ts';
import { type Schedule, slotsBetween } from '../schedule/slots.ts';
import { findSchedule, inFull, type ScheduleRow, sameSchedule, versionOf } from './change-schedule.ts';
import { findOpenPause } from './pause.ts';

const NEXT_SLOTS = 5;
/** Beyond this a Date has no instant. */
const END_OF_TIME = new Date(8.64e15);

/** The schedule of a pipeline with a page of its history, newest first, and the ways to its neighbours: places by number. */
export async function showSchedule(db: Db, pipeline: Pipeline, limit: number, place?: Place<number>) {
  const { name } = pipeline;
  const [now, current, pause, base, pauseAfter, { rows: history, ...neighbours }] = await Promise.all([
    readNow(db),
    findSchedule(db, name),
    findOpenPause(db, name),
    fileBeforeOverride(db, name),
    readPauseAfter(db, name),
    readHistory(db, name, limit, place),
  ]);
  const overridden = current?.origin === 'override';
  const shown = {
    pipeline: name,
    version: versionOf(current),
    schedule: current ?? null,
    file: pipeline.schedule ? inFull(pipeline.schedule) : null,
    file_changed: overridden && !sameSchedule(base, pipeline.schedule),
    pause: pause ?? null,
    pause_after: pauseAfter,
    next_slots: current ? slotsFrom(current, now) : [],
    history,
  };
  return { shown, neighbours };
}

async function readNow(db: Db): Promise<Date> {
  const { rows } = await sql<{ now: Date }>`select clock() as now`.execute(db);
  return rows[0]!.now;
}

async function readPauseAfter(db: Db, pipeline: string): Promise<number | null> {
  const row = await db
    .selectFrom('pipelines')
    .select('pause_after')
    .where('name', '=', pipeline)
    .executeTakeFirst();
  return row?.pause_after ?? null;
}

/** What the file said when the row of overrides in force began; undefined: nothing. */
async function fileBeforeOverride(db: Db, pipeline: string): Promise<ScheduleRow | undefined> {
  const { rows } = await sql<ScheduleRow>`
    with file as (
      select * from schedules where pipeline = ${pipeline} and origin = 'file' order by schedule_id desc limit 1)
    select file.* from file
     where valid_until = (
       select valid_from from schedules override
        where override.pipeline = ${pipeline} and override.schedule_id > file.schedule_id
        order by schedule_id limit 1)`.execute(db);
  return rows[0];
}

async function readHistory(db: Db, pipeline: string, limit: number, place: Place<number> | undefined) {
  let query = db
    .selectFrom('schedules')
    .selectAll()
    .where('pipeline', '=', pipeline)
    .orderBy('schedule_id', newestFirst(place))
    .limit(limit + 1);
  if (place) query = query.where('schedule_id', place.way, place.key);
  return cutPage(await query.execute(), { limit, place, keyOf: ({ schedule_id }) => schedule_id });
}

/** The next slots of a schedule. A row that somebody wrote by hand may be unreadable: it has none. */
export function slotsFrom(schedule: Schedule, now: Date): Date[] {
  try {
    return slotsBetween(schedule, now, END_OF_TIME, NEXT_SLOTS);
  } catch (error) {
    if (error instanceof ScheduleError) return [];
    throw error;
  }
}
