/** The end of a run: one transaction by a new epoch, which also admits the next request of its lane. */
import { type RawBuilder, sql } from 'kysely';
import type { RunStatus, Work } from '../db/tables.ts';
import type { Tx } from '../events/outbox.ts';
import type { ErrorClass } from '../pipeline/options.ts';
import { expireAndAdmit } from '../requests/admit.ts';
import { lockAlong } from '../requests/pipeline-lock.ts';
import { LeaseLost } from './claim.ts';
import { buryDead, type Cause } from './evidence.ts';
import { DEATHS, LEASE_INTERVAL } from './numbers.ts';
import { pauseAfterFailures } from './pause-after-failures.ts';
import { type Written, writeEnd } from './write-end.ts';

export type End = {
  status: Exclude<RunStatus, 'STARTED'>;
  of?: ErrorClass | undefined;
  code?: string;
  message?: string;
  stack?: string | undefined;
};

/** Work as the statement saw it that took its epoch. */
export type Taken = Work & { overdue: boolean };

/** Nobody works on it, and nobody died: also a Job that no pod has taken yet only sleeps. */
export const isAsleep = sql`(w.lease_until is null or w.epoch = w.job_epoch)`;

/** Notes the Job of work that is taken, to be deleted. */
const abandon = (ifSo: RawBuilder<unknown>) => sql`
  insert into abandoned_jobs (run_id, epoch)
  select run_id, job_epoch from taken where job_epoch is not null and ${ifSo}
  on conflict do nothing`;

/**
 * Takes the epoch by which a run is ended: the worker's own by naming it, else one whose lease has expired, or is free
 * and something calls for the end (what a sweep saw before may have gone on, and sleep). With an epoch that was drawn
 * before, the worker may take twice: the first time may have landed without its answer. A Job from which work is taken is
 * noted, to be deleted, and so is that of a cancelled run; `died` says why its worker did.
 * What it returns, the report-touched mark above all, is the only reading that counts from here on.
 */
export async function takeForEnd(
  tx: Tx,
  runId: string,
  own?: { epoch: number; next: number },
  died?: Cause,
): Promise<Taken | undefined> {
  const lease = sql`clock() + ${LEASE_INTERVAL}::interval`;
  const { rows } = own
    ? await sql<Taken>`
        with taken as (
          update run_work set epoch = ${own.next}, lease_until = ${lease}
           where run_id = ${runId} and epoch in (${own.epoch}, ${own.next}) and lease_until is not null
          returning *, deadline <= clock() as overdue
        ), abandoned as (${abandon(sql`cancel_at is not null`)})
        select * from taken`.execute(tx)
    : await sql<Taken>`
        with before as materialized (
          select lease_until as expired_at, lease_until <= clock() as expired from run_work where run_id = ${runId}),
        taken as (
          update run_work w
             set epoch = nextval('epochs'), lease_until = ${lease},
                 deaths = w.deaths + (w.lease_until <= clock() is true)::int,
                 queued_at = case when w.lease_until <= clock() then w.lease_until else w.queued_at end
            from before
           where w.run_id = ${runId}
             and (w.lease_until <= clock() or ${isAsleep}
                   and (w.cancel_at is not null or w.deadline <= clock() or w.deaths >= ${DEATHS}))
          returning w.*, w.deadline <= clock() as overdue, before.expired_at, before.expired
        ), died as (${buryDead(died, sql`taken.expired is not false`)}),
        abandoned as (${abandon(sql`true`)})
        select * from taken`.execute(tx);
  return rows[0];
}

/** Ends a run whose epoch `work` holds, tells it, and admits what waits behind it. */
export async function endRun(tx: Tx, work: Work, wanted: End): Promise<End> {
  await lockAlong(tx, work.pipeline);
  let end = wanted;
  let written = await writeEnd(tx, work, end);
  if (written.task !== null) {
    end = unbalanced(written);
    written = await writeEnd(tx, work, end);
  }
  if (!written.ended) throw new LeaseLost('the lease was taken or released');
  // Before the next is admitted: what waits is then skipped.
  if (end.status === 'ERROR' || end.status === 'TIMEOUT')
    await pauseAfterFailures(tx, work, end.code ?? end.status);
  if (written.next) await expireAndAdmit(tx, work.pipeline);
  return end;
}

/** Books that do not balance make an ERROR of a SUCCESS, and say where. */
const unbalanced = ({ task, batch, read, accounted, terms }: Written): End => ({
  status: 'ERROR',
  code: 'BOOKS_DO_NOT_BALANCE',
  message: `Batch ${batch} of task "${task}" read ${read} rows and accounts for ${accounted}: ${terms}.`,
});
