/** A schedule set by somebody, which stands until it is reset, whatever the pipeline's file says meanwhile. */
import type { Actor } from '../audit/record.ts';
import type { Db } from '../db/connect.ts';
import type { Source } from '../db/tables.ts';
import type { Pipeline } from '../pipeline/options.ts';
import type { Schedule } from '../schedule/slots.ts';
import { changeSchedule, type ScheduleRow, sameSchedule, versionOf } from './change-schedule.ts';

/** Somebody changed the schedule since the caller saw it. */
export class ScheduleMoved extends Error {}

export type Wish = Actor & {
  why: string;
  /** The version that the caller saw; undefined: any. */
  seen: string | undefined;
};

/** Puts a schedule in force in place of the file's; the same one again changes nothing. */
export async function overrideSchedule(
  db: Db,
  pipeline: Pipeline,
  source: Source,
  schedule: Schedule,
  wish: Wish,
): Promise<boolean> {
  return changeSchedule('schedule.override', db, pipeline, source, (current) => {
    demandSeen(current, wish);
    if (current?.origin === 'override' && sameSchedule(current, schedule)) return undefined;
    return { to: schedule, origin: 'override', by: wish.by, why: wish.why, actor: wish };
  });
}

/** Puts the file's own schedule in force again; without an override nothing changes. */
export async function resetSchedule(
  db: Db,
  pipeline: Pipeline,
  source: Source,
  wish: Wish,
): Promise<boolean> {
  return changeSchedule('schedule.reset', db, pipeline, source, (current) => {
    demandSeen(current, wish);
    if (current?.origin !== 'override') return undefined;
    return { to: pipeline.schedule, origin: 'file', by: wish.by, why: wish.why, actor: wish };
  });
}

function demandSeen(current: ScheduleRow | undefined, { seen }: Wish): void {
  const version = versionOf(current);
  if (seen !== undefined && seen !== version)
    throw new ScheduleMoved(`The schedule is at version ${version} by now.`);
}
