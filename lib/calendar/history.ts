/** What a pipeline's slots are computed from: its schedules and pauses, as they were and are. */
import { sql } from 'kysely';
import type { Db } from '../db/connect.ts';
import { slotsBetween } from '../schedule/slots.ts';

/** Schedules that are looked at, the newest; what was before them counts as before the first. */
const SCHEDULES = 500;

export type PastSchedule = {
  cron: string;
  timezone: string;
  gap: 'skip' | 'once';
  overlap: 'skip' | 'once' | 'both';
  valid_from: Date;
  valid_until: Date | null;
  planned_until: Date;
  written_by: string;
  why: string | null;
  closed_by: string | null;
  close_why: string | null;
};

type Pause = {
  paused_at: Date;
  paused_by: string;
  why: string;
  resumed_at: Date | null;
  resumed_by: string | null;
};

export type History = {
  pipeline: string;
  now: Date;
  /** Oldest first. */
  schedules: PastSchedule[];
  pauses: Pause[];
  /** The newest slot of another pipeline that was planned: a sign that ticks come. */
  elsewhere: { pipeline: string; at: Date } | undefined;
  /** Schedules that ended before may have been deleted; null: none was. */
  goneBefore: Date | null;
};

/** Reads the history of a pipeline; undefined when there is no pipeline of this name. */
export async function readHistory(db: Db, pipeline: string): Promise<History | undefined> {
  const { rows } = await sql<{ now: Date; goneBefore: Date | null }>`
    select clock() as now,
           (select gone_before from retention where of = 'schedules' and gone_before > pipelines.created_at) as "goneBefore"
      from pipelines where name = ${pipeline}`.execute(db);
  if (!rows[0]) return undefined;
  const [schedules, pauses, elsewhere] = await Promise.all([
    db
      .selectFrom('schedules')
      .select(['cron', 'timezone', 'gap', 'overlap', 'valid_from', 'valid_until', 'planned_until'])
      .select(['written_by', 'why', 'closed_by', 'close_why'])
      .where('pipeline', '=', pipeline)
      .orderBy('schedule_id', 'desc')
      .limit(SCHEDULES)
      .execute(),
    db
      .selectFrom('pauses')
      .select(['paused_at', 'paused_by', 'why', 'resumed_at', 'resumed_by'])
      .where('pipeline', '=', pipeline)
      .orderBy('paused_at', 'desc')
      .limit(SCHEDULES)
      .execute(),
    sql<{ pipeline: string; at: Date }>`
      select pipeline, planned_until as at from schedules
       where valid_until is null and pipeline <> ${pipeline} order by planned_until desc limit 1`.execute(db),
  ]);
  return { pipeline, ...rows[0], schedules: schedules.reverse(), pauses, elsewhere: elsewhere.rows[0] };
}

/** The schedule that an instant belongs to. */
export const scheduleAt = ({ schedules }: History, at: Date): PastSchedule | undefined =>
  schedules.findLast(
    ({ valid_from, valid_until }) => valid_from < at && (valid_until === null || at <= valid_until),
  );

/** The zone that times are told in: that of the schedule of an instant, else of the newest. */
export const zoneAt = (history: History, at: Date): string =>
  (scheduleAt(history, at) ?? history.schedules.at(-1))?.timezone ?? 'UTC';

/** The pause that an instant fell into. */
export const pauseAt = ({ pauses }: History, at: Date): Pause | undefined =>
  pauses.find(({ paused_at, resumed_at }) => paused_at <= at && (resumed_at === null || at < resumed_at));

/** The slots in (after, until] that the schedules of the time say, oldest first, at most `limit`. */
export function slotsOf({ schedules }: History, after: Date, until: Date, limit: number): Date[] {
  const slots: Date[] = [];
  for (const schedule of schedules) {
    const from = schedule.valid_from > after ? schedule.valid_from : after;
    const to = schedule.valid_until && schedule.valid_until < until ? schedule.valid_until : until;
    if (from >= to) continue;
    slots.push(...readableSlots(schedule, from, to, limit - slots.length));
    if (slots.length >= limit) break;
  }
  return slots;
}

/** A schedule that cannot be read (somebody wrote its row by hand) has no slots. */
function readableSlots(schedule: PastSchedule, after: Date, until: Date, limit: number): Date[] {
  return faultOf(schedule) === undefined ? slotsBetween(schedule, after, until, limit) : [];
}

const faults = new WeakMap<PastSchedule, { fault: string | undefined }>();

/** Why a schedule cannot be read. */
function faultOf(schedule: PastSchedule): string | undefined {
  const known = faults.get(schedule) ?? { fault: tryOut(schedule) };
  faults.set(schedule, known);
  return known.fault;
}

function tryOut(schedule: PastSchedule): string | undefined {
  try {
    slotsBetween(schedule, schedule.valid_from, schedule.valid_from, 1);
    return undefined;
  } catch (error) {
    return error instanceof Error ? error.message : 'not readable';
  }
}

/** A time without any schedule, or with one that cannot be read. */
export type Hole = {
  from: Date;
  until: Date;
  before?: PastSchedule;
  after?: PastSchedule;
  unreadable?: string;
  /** What there was is no longer kept: all that ended before then. */
  goneBefore?: Date;
};

const SECOND = 1000;

/** The times within [from, to) that no schedule speaks of; the moment of a change is none. */
export function holesOf({ schedules, goneBefore }: History, from: Date, to: Date): Hole[] {
  const between = [undefined, ...schedules].map((before, i): Hole => {
    const after = schedules[i];
    // The moment of a change is the old schedule's.
    const end = before?.valid_until && new Date(before.valid_until.getTime() + 1);
    return {
      from: before ? (end ?? to) : from,
      until: after?.valid_from ?? to,
      ...(before && { before }),
      ...(after && { after }),
      ...(!before && goneBefore && from < goneBefore && { goneBefore }),
    };
  });
  const unreadable = schedules.flatMap((schedule): Hole[] => {
    const { valid_from, valid_until } = schedule;
    if (valid_from >= to || (valid_until && valid_until <= from)) return [];
    const fault = faultOf(schedule);
    return fault === undefined ? [] : [{ from: valid_from, until: valid_until ?? to, unreadable: fault }];
  });
  return [...between, ...unreadable]
    .map((hole) => ({
      ...hole,
      from: hole.from > from ? hole.from : from,
      until: hole.until < to ? hole.until : to,
    }))
    .filter((hole) => hole.until.getTime() - hole.from.getTime() >= SECOND);
}
