/** One schedule takes the place of another at one instant: what came before is the old one's, what comes after the new one's. */
import type { Selectable } from 'kysely';
import { type Actor, record } from '../audit/record.ts';
import { commit } from '../boundary.ts';
import type { Db } from '../db/connect.ts';
import type { SchedulesTable } from '../db/schedule-tables.ts';
import type { Source } from '../db/tables.ts';
import type { Tx } from '../events/outbox.ts';
import type { Pipeline } from '../pipeline/options.ts';
import { clockRule } from '../schedule/clock-changes.ts';
import { ScheduleError } from '../schedule/cron.ts';
import type { Schedule } from '../schedule/slots.ts';
import { lockPipeline } from './pipeline-lock.ts';
import { plan } from './plan.ts';
import { readClock } from './read-clock.ts';

export type ScheduleRow = Selectable<SchedulesTable>;

export type Change = {
  /** Undefined: from here on it runs only when asked. */
  to: Schedule | undefined;
  origin: 'file' | 'override';
  by: string;
  why: string;
  /** Who changes it; `by` may be what they go by. */
  actor: Actor;
};

type Action = 'schedule.override' | 'schedule.reset' | 'schedule.declare';
const NAMES: Record<Action, string> = {
  'schedule.override': 'override',
  'schedule.reset': 'reset',
  'schedule.declare': 'declare-schedule',
};

/**
 * Changes a pipeline's schedule as `decide` says, which sees the one in force under the pipeline's lock; undefined
 * leaves it. A long absence of the old one is worked off in short transactions first.
 */
export async function changeSchedule(
  action: Action,
  db: Db,
  pipeline: Pipeline,
  source: Source,
  decide: (current: ScheduleRow | undefined) => Change | undefined,
): Promise<boolean> {
  for (;;) {
    const step = await commit(NAMES[action], db, (tx) => changeOnce(tx, action, pipeline, source, decide));
    if (step !== 'behind') return step === 'changed';
  }
}

async function changeOnce(
  tx: Tx,
  action: Action,
  pipeline: Pipeline,
  source: Source,
  decide: (current: ScheduleRow | undefined) => Change | undefined,
): Promise<'changed' | 'same' | 'behind'> {
  await lockPipeline(tx, pipeline.name);
  const current = await findSchedule(tx, pipeline.name);
  const change = decide(current);
  if (!change) return 'same';
  const at = await readClock(tx);
  if (current) {
    if (await planTheRest(tx, pipeline, source, at)) return 'behind';
    await tx
      .updateTable('schedules')
      .set({ valid_until: at, closed_by: change.by, close_why: change.why })
      .where('schedule_id', '=', current.schedule_id)
      .execute();
  }
  if (change.to) await open(tx, pipeline.name, at, { ...change, to: change.to });
  await record(tx, change.actor, {
    action,
    subject: pipeline.name,
    why: change.why,
    details: {
      old: asItStands(current),
      new: change.to ? { ...inFull(change.to), origin: change.origin } : null,
    },
  });
  return 'changed';
}

/** A row is told as it is, also one that nobody can read. */
const asItStands = (row: ScheduleRow | undefined) =>
  row
    ? { cron: row.cron, timezone: row.timezone, gap: row.gap, overlap: row.overlap, origin: row.origin }
    : null;

/** Plans what the schedule that ends still answers for; true when there is more than one transaction takes. */
async function planTheRest(tx: Tx, pipeline: Pipeline, source: Source, at: Date): Promise<boolean> {
  try {
    return await plan(tx, pipeline, source, at);
  } catch (error) {
    // A row that cannot be read has no slots; it must not keep a better one out.
    if (error instanceof ScheduleError) return false;
    throw error;
  }
}

async function open(tx: Tx, pipeline: string, at: Date, change: Change & { to: Schedule }): Promise<void> {
  await tx
    .insertInto('schedules')
    .values({
      pipeline,
      ...inFull(change.to),
      valid_from: at,
      planned_until: at,
      origin: change.origin,
      written_by: change.by,
      why: change.why,
    })
    .execute();
}

/** The schedule in force. */
export async function findSchedule(db: Db | Tx, pipeline: string): Promise<ScheduleRow | undefined> {
  return db
    .selectFrom('schedules')
    .selectAll()
    .where('pipeline', '=', pipeline)
    .where('valid_until', 'is', null)
    .executeTakeFirst();
}

/** Names the schedule in force: another one, another version. */
export const versionOf = (row: Pick<ScheduleRow, 'schedule_id'> | undefined): string =>
  row ? String(row.schedule_id) : 'none';

/** A schedule in full: with the rules for changes of clocks that hold where it says nothing. */
export const inFull = (schedule: Schedule): Required<Schedule> => ({
  cron: schedule.cron,
  timezone: schedule.timezone,
  ...clockRule(schedule),
});

/** Whether a row says what a schedule says. */
export function sameSchedule(
  row: Pick<ScheduleRow, 'cron' | 'timezone' | 'gap' | 'overlap'> | undefined,
  schedule: Schedule | undefined,
): boolean {
  if (!row || !schedule) return !row && !schedule;
  const { cron, timezone, gap, overlap } = inFull(schedule);
  return row.cron === cron && row.timezone === timezone && row.gap === gap && row.overlap === overlap;
}
