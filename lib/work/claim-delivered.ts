import { commit, commitOne } from '../boundary.ts';
import { LeaseHeld } from '../events/receive.ts';
import type { Service } from '../http/service.ts';
import { type Claimed, claim, standing } from './claim.ts';
import { workerFor } from './worker.ts';

/** What an event says of the run that it asks to be worked on. */
type Delivered = { run_id: string; pipeline: string; checkpoint: number };

type ByJob = {
  /** The limits of the Job that the work is claimed for. */
  job?: { pending: number } | undefined;
  /** Called where the work waits for the pod of a Job. */
  onWaiting?(): Promise<void>;
};

/**
 * Claims the work that a delivery asks for. Undefined: nothing is to be done by it; throws where the Broker shall deliver it
 * again.
 */
export async function claimDelivered(
  service: Service,
  { run_id, pipeline, checkpoint }: Delivered,
  { job, onWaiting }: ByJob = {},
): Promise<Claimed | undefined> {
  const { runlog } = service;
  const worker = await workerFor(service, pipeline);
  const work = await commitOne('claim', runlog, (db) => claim(db, run_id, checkpoint, worker, job));
  if (work) return work;
  const found = await commit('standing', runlog, (tx) => standing(tx, run_id, checkpoint));
  if (found === 'in-job') await onWaiting?.();
  if (found === 'held') throw new LeaseHeld(`run ${run_id} is being worked on`);
  if (found === 'early') throw new Error(`run ${run_id} has not reached checkpoint ${checkpoint}`);
  return undefined;
}
