import { commit, handOver } from '../boundary.ts';
import type { Service } from '../http/service.ts';
import { hasFinished } from '../jobs/cause.ts';
import { jobName } from '../jobs/name.ts';

/** Jobs that one sweep sees to. */
const AT_ONCE = 50;

/**
 * Deletes the Jobs whose work was taken from them: nothing that they still do counts. One that has finished stays until
 * its time is over, for whoever wants to read its log; unless its run was cancelled, which nobody wants to know more of.
 */
export async function removeAbandoned(service: Service): Promise<void> {
  const { runlog } = service;
  const found = await runlog
    .selectFrom('abandoned_jobs')
    .leftJoin('run_log', 'run_log.run_id', 'abandoned_jobs.run_id')
    .select(['abandoned_jobs.run_id', 'epoch', 'status'])
    .orderBy('since')
    .limit(AT_ONCE)
    .execute();
  if (found.length === 0) return;
  const jobs = await service.jobs();
  for (const { run_id, epoch, status } of found) {
    const name = jobName(run_id, epoch);
    const job = await jobs.find(name);
    if (job && (status === 'CANCELLED' || !hasFinished(job)))
      await handOver('delete-job', () => jobs.remove(name));
    await commit('job-gone', runlog, (tx) =>
      tx.deleteFrom('abandoned_jobs').where('run_id', '=', run_id).where('epoch', '=', epoch).execute(),
    );
  }
}
