/** Planning: every due slot gets its request, whatever tick came or did not come. */
import { sql } from 'kysely';
import { commit } from '../boundary.ts';
import { isAway, sqlState } from '../db/sqlstate.ts';
import type { Source } from '../db/tables.ts';
import type { Tx } from '../events/outbox.ts';
import type { Service } from '../http/service.ts';
import type { Pipeline } from '../pipeline/options.ts';
import { type DueSlot, judgeDueSlots, type Verdict } from '../schedule/misfire.ts';
import { nextSlot, type Schedule, slotsBetween } from '../schedule/slots.ts';
import { expireAndAdmit } from './admit.ts';
import { ask } from './ask.ts';
import { enterMissed, tellMissed } from './missed.ts';
import { countUnpaused, enterSkipped, pauseOf, pausesAfter, whyPaused } from './paused-slots.ts';
import { lockPipeline } from './pipeline-lock.ts';
import { runIdOfSlot } from './run-id.ts';

const SECOND = 1000;

/** A tick may come this much before its slot. */
const EARLY = 2 * SECOND;
/** Slots that one transaction plans at most. */
const AT_ONCE = 500;

/**
 * Plans and admits for every pipeline, a transaction each (more after a long absence). One that cannot be planned does
 * not keep the others from it; what RunLog refused for now is thrown when all had their turn.
 */
export async function planAll(
  { runlog, log, config }: Service,
  pipelines: readonly Pipeline[],
): Promise<void> {
  const passing: unknown[] = [];
  for (const pipeline of pipelines) {
    try {
      while (await commit('plan', runlog, (tx) => plan(tx, pipeline, config.source))) {
        // There is more to plan: a long absence is worked off in short transactions.
      }
    } catch (error) {
      log.error({ error, pipeline: pipeline.name }, 'a pipeline cannot be planned');
      if (isAway(error) || sqlState(error) !== undefined) passing.push(error);
    }
  }
  if (passing.length > 0) throw passing[0];
}

type CurrentSchedule = Schedule & {
  schedule_id: number;
  planned_until: Date;
  now: Date;
};

/**
 * Inserts the due slots of one pipeline, admits, and moves `planned_until` on. True when slots are left. With `end`,
 * only those of a schedule that ends then.
 */
export async function plan(tx: Tx, pipeline: Pipeline, source: Source, end?: Date): Promise<boolean> {
  await lockPipeline(tx, pipeline.name);
  const schedule = await currentSchedule(tx, pipeline.name);
  if (!schedule) {
    await expireAndAdmit(tx, pipeline.name);
    return false;
  }
  const pauses = await pausesAfter(tx, pipeline.name, schedule.planned_until);
  const open = pauses.find((pause) => pause.resumed_at === null);
  // A slot that is still to come may lie behind the end of its pause.
  const until = end ?? new Date(schedule.now.getTime() + (open ? 0 : EARLY));
  const slots = slotsBetween(schedule, schedule.planned_until, until, AT_ONCE);
  const skipped = slots.flatMap((slot) => {
    const pause = pauseOf(pauses, slot);
    return pause ? [{ slot, why: whyPaused(pause) }] : [];
  });
  await enterSkipped(tx, pipeline.name, skipped, source);
  const due = slots.flatMap((slot, i) =>
    pauseOf(pauses, slot) ? [] : dueSlot(pipeline, slot, () => slots[i + 1] ?? nextSlot(schedule, slot)),
  );
  const last = slots.at(-1);
  const later =
    slots.length === AT_ONCE && last
      ? countUnpaused(schedule, pauses, { after: last, until, limit: pipeline.misfire.maxSlots + 1 })
      : 0;
  const verdicts = judgeDueSlots(due, schedule.now, pipeline.misfire, later);
  const against = verdicts.flatMap(({ ask, slot, why = '' }) => (ask ? [] : [{ slot, why }]));
  const missed = await enterMissed(tx, pipeline.name, against, source);
  for (const verdict of verdicts.filter((one) => one.ask)) {
    // What was due before the pause has not begun either.
    if (open) await enterSkipped(tx, pipeline.name, [{ slot: verdict.slot, why: whyPaused(open) }], source);
    else await enter(tx, pipeline, verdict, source);
  }
  await tellMissed(tx, pipeline.name, missed);
  await expireAndAdmit(tx, pipeline.name);
  if (last) await movePlannedUntil(tx, schedule.schedule_id, last);
  return slots.length === AT_ONCE;
}

/** The schedule in force, and the time. */
export async function currentSchedule(tx: Tx, pipeline: string): Promise<CurrentSchedule | undefined> {
  return tx
    .selectFrom('schedules')
    .select(['schedule_id', 'cron', 'timezone', 'gap', 'overlap', 'planned_until'])
    .select(sql<Date>`clock()`.as('now'))
    .where('pipeline', '=', pipeline)
    .where('valid_until', 'is', null)
    .executeTakeFirst();
}

const END_OF_TIME = new Date(8.64e15);

/** A slot with its deadline: as declared, else the next slot. */
export function dueSlot({ deadline }: Pipeline, slot: Date, next: () => Date | undefined): DueSlot {
  if (deadline === undefined) return { slot, deadline: next() ?? END_OF_TIME };
  return { slot, deadline: new Date(slot.getTime() + deadline * SECOND), declared: true };
}

async function enter(tx: Tx, pipeline: Pipeline, verdict: Verdict, source: Source): Promise<void> {
  const { slot, deadline } = verdict;
  const runId = runIdOfSlot(slot, 'slot', pipeline.name);
  const known = await tx
    .selectFrom('run_requests')
    .select('run_id')
    .where('pipeline', '=', pipeline.name)
    .where('slot', '=', slot)
    .where('kind', '=', 'slot')
    .executeTakeFirst();
  if (known) return;
  const params = pipeline.params.parse({});
  const lane = pipeline.key?.(params) ?? '';
  await ask(
    tx,
    {
      runId,
      pipeline: pipeline.name,
      kind: 'slot',
      lane,
      slot,
      deadline,
      params,
      tags: pipeline.tags,
      trigger: 'cron',
      source,
      timeout: pipeline.timeout,
    },
    pipeline.overlap.slots,
  );
}

/** Says that every slot up to here has its request. */
export async function movePlannedUntil(tx: Tx, scheduleId: number, to: Date): Promise<void> {
  await sql`
    update schedules set planned_until = greatest(planned_until, ${to}) where schedule_id = ${scheduleId}
  `.execute(tx);
}
