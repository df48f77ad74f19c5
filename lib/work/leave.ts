/** Leaving a run for later: the next checkpoint, the lease's release and the event that goes on are one transaction. */
import { sql } from 'kysely';
import type { Json, Work } from '../db/tables.ts';
import { emit, type Tx } from '../events/outbox.ts';
import { LeaseLost } from './claim.ts';
import { type Cause, closeSlice } from './evidence.ts';
import { BLOCKED_PAUSE, LONGEST_BLOCKED_PAUSE } from './numbers.ts';
import { sayingRetry } from './run-lines.ts';

export type Leaving = {
  state: Json;
  /** Seconds until the run is to be taken up again, not beyond its deadline; default now. */
  pause?: number;
  /** How much of the pause, and of what is left until the deadline, it takes; default all. */
  share?: number;
  /** The attempt failed: the next slice is the next one's first. */
  nextAttempt?: boolean;
  /** How often the run has failed by now, when it has once more. */
  failures?: Json | undefined;
  /** Why, as evidence. */
  cause?: Cause;
  /** The slice never was: since when the next could begin stays as it is. */
  stillQueued?: boolean;
  /** The slice brought the run on: what its workers died of before lies behind it. */
  progressed?: boolean | undefined;
  /** Slices in a row without progress, this one included. */
  idleSlices?: number;
  /** Why the report database cannot be had; undefined when it could. It is asked again after as long as it was away. */
  blocked?: string | undefined;
};

/** Releases the work of an epoch at the next checkpoint. */
export async function leave(tx: Tx, work: Work, leaving: Leaving): Promise<void> {
  const pause = leaving.pause ?? 0;
  const isBlocked = sql`${leaving.blocked !== undefined}::boolean`;
  // What is to be cancelled does not wait for another try; a pause across the deadline could end in nothing but a TIMEOUT.
  const wakeAt = sql`
    case when ${isBlocked}
         then clock() + least(${LONGEST_BLOCKED_PAUSE}::interval,
                              greatest(${BLOCKED_PAUSE}::interval, clock() - coalesce(blocked_since, clock())))
         when cancel_at is null and ${pause}::float8 > 0
         then clock() + ${leaving.share ?? 1}::float8
                * (greatest(clock(), least(clock() + ${pause}::float8 * interval '1 second', deadline)) - clock())
    end`;
  const as = leaving.blocked !== undefined ? 'blocked' : leaving.nextAttempt ? 'retry' : 'paused';
  const said = leaving.nextAttempt
    ? sql`, said as (${sayingRetry(work, leaving.cause ?? {}, sql`gone`)})`
    : sql``;
  const { rows } = await sql<{ checkpoint: number; wake_at: Date | null }>`
    with gone as (
      update run_work
         set checkpoint = checkpoint + 1, lease_until = null,
             state = ${JSON.stringify(leaving.state)},
             wake_at = ${wakeAt},
             queued_at = case when ${leaving.stillQueued ?? false} then queued_at else coalesce(${wakeAt}, clock()) end,
             failures = coalesce(${leaving.failures ? JSON.stringify(leaving.failures) : null}::jsonb, failures),
             attempt = attempt + ${leaving.nextAttempt ? 1 : 0},
             idle_slices = ${leaving.idleSlices ?? 0},
             deaths = case when ${leaving.progressed ?? false} then 0 else deaths end,
             blocked_since = case when ${isBlocked} then coalesce(blocked_since, clock()) end,
             blocked_told = blocked_told and ${isBlocked},
             blocked_why = ${leaving.blocked ?? null}
       where run_id = ${work.run_id} and epoch = ${work.epoch} and lease_until is not null
      returning run_id, checkpoint, wake_at
    ), closed as (${closeSlice(work.run_id, as, leaving.cause)} and exists (select from gone))${said}
    select checkpoint, wake_at from gone`.execute(tx);
  const left = rows[0];
  if (!left) throw new LeaseLost('the lease was taken or released');
  await emit(tx, {
    name: 'run.continue',
    by: 'run-pipeline',
    subject: `${work.pipeline}/${work.run_id}`,
    runId: work.run_id,
    checkpoint: left.checkpoint,
    epoch: work.epoch,
    dueAt: left.wake_at ?? undefined,
    data: { run_id: work.run_id, pipeline: work.pipeline, checkpoint: left.checkpoint },
  });
}
