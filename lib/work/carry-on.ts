import type { Work } from '../db/tables.ts';
import type { Service } from '../http/service.ts';
import { LeaseLost } from './claim.ts';
import { limitsInJob, SLICE_LIMITS } from './limits.ts';
import { finish, settle } from './settle.ts';
import { runSlice } from './slice.ts';

/** Does a slice of a claimed run and settles it; in a Job the slice is as long as the run. */
export async function carryOn(service: Service, work: Work, { inJob = false } = {}): Promise<void> {
  const pipelines = await service.pipelines();
  const pipeline = pipelines.find((candidate) => candidate.name === work.pipeline);
  try {
    if (pipeline) {
      const limits = inJob ? limitsInJob(work, pipeline.job?.deadline) : SLICE_LIMITS;
      await settle(service, work, pipeline.retry, await runSlice(service, pipeline, work, limits));
    } else await finish(service, work.run_id, work.epoch, () => undefinedPipeline(work.pipeline));
  } catch (error) {
    // Who lost the lease has nothing left to say: the work went on elsewhere, or the word had landed without its answer.
    if (!(error instanceof LeaseLost)) throw error;
  }
}

const undefinedPipeline = (name: string) =>
  ({
    status: 'ERROR',
    code: 'UNKNOWN_PIPELINE',
    message: `No file in pipelines/ defines "${name}" any more.`,
  }) as const;
