/** What nobody works on any more, and should: ended, or given back to the next worker. */
import { sql } from 'kysely';
import { commit } from '../boundary.ts';
import { emit, type Tx } from '../events/outbox.ts';
import type { Service } from '../http/service.ts';
import type { JobCause } from '../jobs/cause.ts';
import { LeaseLost } from './claim.ts';
import { type End, isAsleep, type Taken } from './end.ts';
import { askForCause } from './job-cause.ts';
import { BLOCKED_AFTER, DEATHS } from './numbers.ts';
import { cancelled, overdue, poisoned } from './outcome.ts';
import { finish } from './settle.ts';

/** Runs that one sweep takes in hand. */
const AT_ONCE = 50;
/** Then it lets the rest wait for the next one: what else a sweep does comes after. */
const BUDGET = 10_000;
/** For as long the cluster is asked what became of a Job, in ms; then its work goes on without an answer. */
const ASK_FOR = 5 * 60 * 1000;
const unasked: JobCause = {
  code: 'JOB_LOST',
  message: 'the cluster could not be asked what became of its Job',
};

type Found = { run_id: string; job_epoch: number | null; died: boolean; long: boolean };

/** Takes every expired lease back, and ends what is cancelled, overdue or has killed too many workers. */
export async function sweepWork(service: Service): Promise<void> {
  const { rows } = await sql<Found>`
    select run_id, job_epoch,
           lease_until <= clock() and cancel_at is null and (deadline <= clock()) is not true as died,
           lease_until <= clock() - ${ASK_FOR / 1000} * interval '1 second' as long
      from run_work w
     where (lease_until <= clock() or ${isAsleep})
       and (lease_until <= clock() or cancel_at is not null or deadline <= clock() or deaths >= ${DEATHS})
       and (blocked_since is null or wake_at is null or wake_at <= clock())
     order by coalesce(lease_until, cancel_at, deadline) limit ${AT_ONCE}`.execute(service.runlog);
  const until = performance.now() + BUDGET;
  const coroner = coronerOf(service);
  for (const { run_id, job_epoch, died, long } of rows) {
    if (performance.now() > until) return;
    try {
      const cause = job_epoch !== null && died ? await coroner(run_id, job_epoch) : undefined;
      if (cause === 'unknown' && !long) continue;
      const known = cause === 'unknown' ? unasked : cause;
      await finish(service, run_id, undefined, (work) => whyOver(work, known), known);
    } catch (error) {
      service.log.error({ error, run: run_id }, 'a run could not be swept; the next sweep tries again');
    }
  }
}

/** Asks what Jobs died of; a cluster that does not answer is asked no more in this sweep. */
function coronerOf(service: Service) {
  let isAway = false;
  return async (runId: string, jobEpoch: number): Promise<JobCause | 'unknown'> => {
    if (isAway) return 'unknown';
    try {
      return await askForCause(service, runId, jobEpoch);
    } catch (error) {
      isAway = true;
      service.log.warn({ error, run: runId }, 'the cluster cannot be asked what became of a Job');
      return 'unknown';
    }
  };
}

/** Ends what is over and nobody works on, at once; what somebody works on is theirs to end. */
export async function endUnattended(service: Service, runId: string): Promise<void> {
  try {
    await finish(service, runId, undefined, (work) => whyOver(work));
  } catch (error) {
    if (!(error instanceof LeaseLost)) throw error;
  }
}

/** Undefined: nothing is over, the work goes to the next worker. */
function whyOver(work: Taken, died?: JobCause): End | undefined {
  if (work.cancel_at) return cancelled(work);
  if (work.overdue) return overdue;
  if (work.deaths >= DEATHS) return poisoned(work.deaths, died);
  return undefined;
}

/** Tells, once, of work that has been kept from the report database for too long. */
export async function tellBlocked(service: Service): Promise<void> {
  await commit('tell-blocked', service.runlog, async (tx: Tx) => {
    const { rows } = await sql<{
      run_id: string;
      pipeline: string;
      checkpoint: number;
      epoch: number;
      since: Date;
      why: string;
    }>`
      update run_work set blocked_told = true
       where blocked_since <= clock() - ${BLOCKED_AFTER / 1000} * interval '1 second' and not blocked_told
      returning run_id, pipeline, checkpoint, epoch, blocked_since as since, blocked_why as why`.execute(tx);
    for (const { run_id, pipeline, checkpoint, epoch, since, why } of rows) {
      await emit(tx, {
        name: 'run.blocked',
        by: 'sweep',
        subject: `${pipeline}/${run_id}`,
        runId: run_id,
        checkpoint,
        epoch,
        data: { run_id, pipeline, since: since.toISOString(), why },
      });
    }
  });
}
