/** A claim whose work is done in a Kubernetes Job: the Job is made, and its pod takes the work from the claim. */
import { handOver } from '../boundary.ts';
import type { Db } from '../db/connect.ts';
import type { Work } from '../db/tables.ts';
import type { Service } from '../http/service.ts';
import { jobOf, UnfitTemplate } from '../jobs/manifest.ts';
import { NoJobs } from '../jobs/open.ts';
import type { JobLimits } from '../jobs/options.ts';
import { describeError, redact } from '../logs/redact.ts';
import type { Pipeline } from '../pipeline/options.ts';
import { LeaseLost } from './claim.ts';
import type { Outcome } from './outcome.ts';
import { settle } from './settle.ts';

const SECOND = 1000;
const DAY = 24 * 3600;
/** What the API says of a Job that it never will take. */
const REFUSED: readonly number[] = [400, 413, 422];
const LONGEST = 400;

type ByJob = Pipeline & { job: JobLimits };

/** Whether a pipeline's runs are worked on in Jobs. */
export const isByJob = (pipeline: Pipeline | undefined): pipeline is ByJob => pipeline?.job !== undefined;

/** Makes the Job of a claim; where none can be made the work is left for later, or fails. */
export async function giveToJob(service: Service, work: Work, pipeline: ByJob): Promise<void> {
  try {
    await makeJob(service, work, pipeline.job);
    service.log.info({ job: work.job_epoch }, 'the work waits for the pod of its Job');
  } catch (error) {
    service.log.warn({ error }, 'no Job was made');
    try {
      await settle(service, work, pipeline.retry, await withoutJob(service, work, error));
    } catch (late) {
      // It was made, and its pod has the work by now; only the answer was lost.
      if (!(late instanceof LeaseLost)) throw late;
    }
  }
}

/** Makes sure that the Job is there for which work waits: whoever claimed it may have died before. */
export async function giveAgain(service: Service, runId: string, pipeline: ByJob): Promise<void> {
  const work = await waitingForPod(service.runlog, runId);
  if (work) await makeJob(service, work, pipeline.job);
}

async function makeJob(service: Service, work: Work, limits: JobLimits): Promise<void> {
  const { run_id: runId, pipeline, epoch } = work;
  const jobs = await service.jobs();
  const job = jobOf(await jobs.template(), { pipeline, runId, epoch }, limits, remaining(work, limits));
  await handOver('create-job', () => jobs.create(job));
}

/** Seconds until the run's time is over, by the instants that RunLog wrote at the claim. */
function remaining({ deadline, lease_until }: Work, { pending }: JobLimits): number {
  if (!deadline || !lease_until) return DAY;
  return (deadline.getTime() - lease_until.getTime()) / SECOND + pending;
}

function waitingForPod(db: Db, runId: string): Promise<Work | undefined> {
  return db
    .selectFrom('run_work')
    .selectAll()
    .where('run_id', '=', runId)
    .whereRef('epoch', '=', 'job_epoch')
    .where('lease_until', 'is not', null)
    .executeTakeFirst();
}

async function withoutJob(service: Service, { state }: Work, error: unknown): Promise<Outcome> {
  if (error instanceof NoJobs || error instanceof UnfitTemplate)
    return failed('NO_JOBS', error.message, state);
  const refusal = (await service.jobs()).refusal(error);
  const words = redact(refusal?.message ?? describeError(error).message).slice(0, LONGEST);
  if (refusal && REFUSED.includes(refusal.status))
    return failed('JOB_REFUSED', `The cluster takes no such Job: ${words}`, state);
  const why = refusal ? `the cluster answers ${refusal.status}: ${words}` : `the cluster is away: ${words}`;
  return { is: 'blocked', why: `no Job can be made: ${why}`, state, progressed: false };
}

const failed = (code: string, message: string, state: Work['state']): Outcome => ({
  is: 'failed',
  end: { status: 'ERROR', code, message },
  state,
  progressed: false,
});
