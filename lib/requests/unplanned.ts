/** Slots of pipelines that cannot be planned: they are missed like any other, and people are told. */
import { sql } from 'kysely';
import { commit } from '../boundary.ts';
import type { Source } from '../db/tables.ts';
import type { Tx } from '../events/outbox.ts';
import type { Service } from '../http/service.ts';
import type { Pipeline } from '../pipeline/options.ts';
import { judgeDueSlots } from '../schedule/misfire.ts';
import { nextSlot, slotsBetween } from '../schedule/slots.ts';
import { expire } from './admit.ts';
import { enterMissed, tellMissed } from './missed.ts';
import { enterSkipped, pauseOf, pausesAfter, whyPaused } from './paused-slots.ts';
import { lockPipeline } from './pipeline-lock.ts';
import { currentSchedule, dueSlot, movePlannedUntil } from './plan.ts';

const MINUTE = 60_000;
/** So long after a deadline nobody plans a slot any more: a release in between may lack its file. */
const GRACE = 5 * MINUTE;
/** Slots that one transaction writes down at most. */
const AT_ONCE = 500;

/** Writes down what planning left behind, a transaction a pipeline. Called after all were planned. */
export async function missUnplanned(
  { runlog, log, config }: Service,
  pipelines: readonly Pipeline[],
): Promise<void> {
  const { rows } = await sql<{ pipeline: string }>`
    select pipeline from schedules
     where valid_until is null and planned_until < clock() - ${GRACE} * interval '1 millisecond'`.execute(
    runlog,
  );
  for (const { pipeline: name } of rows) {
    const pipeline = pipelines.find((one) => one.name === name);
    try {
      await commit('miss-unplanned', runlog, (tx) => missOne(tx, name, pipeline, config.source));
    } catch (error) {
      log.error({ error, pipeline: name }, 'what could not be planned could not be missed either');
    }
  }
}

async function missOne(tx: Tx, name: string, pipeline: Pipeline | undefined, source: Source): Promise<void> {
  await lockPipeline(tx, name);
  await expire(tx, name);
  const schedule = await currentSchedule(tx, name);
  if (!schedule) return;
  const long = new Date(schedule.now.getTime() - GRACE);
  const slots = slotsBetween(schedule, schedule.planned_until, long, AT_ONCE);
  const next = (slot: Date, i: number) => slots[i + 1] ?? nextSlot(schedule, slot);
  const over = slots.filter((slot, i) => (next(slot, i) ?? schedule.now) <= long);
  const known =
    pipeline &&
    judgeDueSlots(
      over.map((slot, i) => dueSlot(pipeline, slot, () => next(slot, i))),
      long,
      pipeline.misfire,
    );
  // Slots that may still be asked for wait for whoever can plan them, and so do all that come after.
  const asked = known?.findIndex((verdict) => verdict.ask) ?? -1;
  const given = asked < 0 ? over : over.slice(0, asked);
  const pauses = await pausesAfter(tx, name, schedule.planned_until);
  const missed = given.flatMap((slot, i) =>
    pauseOf(pauses, slot) ? [] : [{ slot, why: whyOf(name, known?.[i]?.why) }],
  );
  const skipped = given.flatMap((slot) => {
    const pause = pauseOf(pauses, slot);
    return pause ? [{ slot, why: whyPaused(pause) }] : [];
  });
  await enterSkipped(tx, name, skipped, source);
  await tellMissed(tx, name, await enterMissed(tx, name, missed, source));
  const last = given.at(-1);
  if (last) await movePlannedUntil(tx, schedule.schedule_id, last);
}

const whyOf = (name: string, why: string | undefined) =>
  why === undefined
    ? `no pipeline has this name any more: pipelines/${name}.ts is gone, and its schedule goes on`
    : `${why}; it cannot be planned: the log of trigger and sweep has the cause`;
