/** What nobody works on any more, and should: ended, or given back to the next worker. */
import { sql } from 'kysely';
import { commit } from '../boundary.ts';
import { emit, type Tx } from '../events/outbox.ts';
import type { Service } from '../http/service.ts';
import { LeaseLost } from './claim.ts';
import type { End, Taken } from './end.ts';
import { BLOCKED_AFTER, DEATHS } from './numbers.ts';
import { cancelled, overdue, poisoned } from './outcome.ts';
import { finish } from './settle.ts';

/** Runs that one sweep takes in hand. */
const AT_ONCE = 50;
/** Then it lets the rest wait for the next one: what else a sweep does comes after. */
const BUDGET = 10_000;

/** Takes every expired lease back, and ends what is cancelled, overdue or has killed too many workers. */
export async function sweepWork(service: Service): Promise<void> {
  const { rows } = await sql<{ run_id: string }>`
    select run_id from run_work
     where (lease_until is null or lease_until <= clock())
       and (lease_until is not null or cancel_at is not null or deadline <= clock() or deaths >= ${DEATHS})
       and (blocked_since is null or wake_at is null or wake_at <= clock())
     order by coalesce(lease_until, cancel_at, deadline) limit ${AT_ONCE}`.execute(service.runlog);
  const until = performance.now() + BUDGET;
  for (const { run_id } of rows) {
    if (performance.now() > until) return;
    try {
      await finish(service, run_id, undefined, whyOver);
    } catch (error) {
      service.log.error({ error, run: run_id }, 'a run could not be swept; the next sweep tries again');
    }
  }
}

/** Ends what is over and nobody works on, at once; what somebody works on is theirs to end. */
export async function endUnattended(service: Service, runId: string): Promise<void> {
  try {
    await finish(service, runId, undefined, whyOver);
  } catch (error) {
    if (!(error instanceof LeaseLost)) throw error;
  }
}

/** Undefined: nothing is over, the work goes to the next worker. */
function whyOver(work: Taken): End | undefined {
  if (work.cancel_at) return cancelled(work);
  if (work.overdue) return overdue;
  if (work.deaths >= DEATHS) return poisoned(work.deaths);
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
