import { commitOne } from '../boundary.ts';
import { relay } from '../events/relay.ts';
import { type Service, withLog } from '../http/service.ts';
import { readJob } from '../jobs/name.ts';
import { carryOn } from './carry-on.ts';
import { patiently } from './patiently.ts';
import { takeJob } from './take-job.ts';
import { workerFor } from './worker.ts';

/** What a Job's pod does: takes the work that the Job was made for, works on it, and sends what that caused. */
export async function workInJob(service: Service): Promise<void> {
  const told = readJob(service.config.job ?? '');
  if (!told) throw new Error('KUBESCRIBE_JOB names no Job of ours.');
  const { pipeline, runId, epoch } = told;
  const worker = await workerFor(service, pipeline);
  const work = await patiently(() =>
    commitOne('take-job', service.runlog, (db) => takeJob(db, runId, epoch, worker)),
  );
  if (!work) {
    service.log.info({ run: runId, job: epoch }, 'the work of this Job was taken by another, or is over');
    return;
  }
  const onRun = withLog(service, { run: runId, epoch: work.epoch });
  onRun.log.info({ job: epoch, attempt: work.attempt }, 'the Job has its work');
  await carryOn(onRun, work, { inJob: true });
  await relay(service);
}
