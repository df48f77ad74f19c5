import { sql } from 'kysely';
import type { Db } from '../db/connect.ts';
import type { Work } from '../db/tables.ts';
import type { Worker } from './evidence.ts';
import { LEASE_INTERVAL } from './numbers.ts';

/**
 * Takes work over from the claim that made the Job, by naming its epoch: of two pods that Kubernetes starts for a Job one
 * gets it, and none after the work was taken back. One statement, the first of a pod; the claim's slice becomes the pod's.
 */
export async function takeJob(
  db: Db,
  runId: string,
  jobEpoch: number,
  worker: Worker,
): Promise<Work | undefined> {
  const { rows } = await sql<Work>`
    with taken as (
      update run_work
         set epoch = nextval('epochs'), lease_until = clock() + ${LEASE_INTERVAL}::interval
       where run_id = ${runId} and epoch = ${jobEpoch} and job_epoch = ${jobEpoch} and lease_until is not null
      returning *),
    opened as (
      update run_slices slice
         set epoch = taken.epoch, claimed_at = clock(), code = ${worker.code ?? null},
             revision = ${worker.revision ?? null}, instance = ${worker.instance ?? null},
             config_hash = ${worker.config ?? null},
             cold_start_ms = ${worker.cold ? Math.round(worker.cold.age) : null}
        from taken
       where slice.run_id = taken.run_id and slice.epoch = ${jobEpoch} and slice.left_at is null)
    select * from taken`.execute(db);
  return rows[0];
}
