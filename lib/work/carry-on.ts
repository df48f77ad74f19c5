import type { Work } from '../db/tables.ts';
import type { Service } from '../http/service.ts';
import { LeaseLost } from './claim.ts';
import { finish, settle } from './settle.ts';
import { runSlice } from './slice.ts';

/** Does a slice of a claimed run and settles it. */
export async function carryOn(service: Service, work: Work): Promise<void> {
  const pipelines = await service.pipelines();
  const pipeline = pipelines.find((candidate) => candidate.name === work.pipeline);
  if (!pipeline) {
    const message = `No file in pipelines/ defines "${work.pipeline}" any more.`;
    return finish(service, work.run_id, work.epoch, () => ({
      status: 'ERROR',
      code: 'UNKNOWN_PIPELINE',
      message,
    }));
  }
  try {
    await settle(service, work, pipeline.retry, await runSlice(service, pipeline, work));
  } catch (error) {
    // Who lost the lease has nothing left to say: the work went on elsewhere.
    if (!(error instanceof LeaseLost)) throw error;
  }
}
