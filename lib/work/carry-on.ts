import { setTimeout as wait } from 'node:timers/promises';
import { isAway } from '../db/sqlstate.ts';
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
  const outcome = await runSlice(service, pipeline, work);
  await patiently(() => settle(service, work, pipeline.retry, outcome));
}

const SECOND = 1000;
const TRIES = 8;

/**
 * Settles through a moment's absence of RunLog, which would else look like the worker's death. Again is safe: what
 * landed without its answer has taken the epoch or the lease along.
 */
async function patiently(settling: () => Promise<void>): Promise<void> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await settling();
    } catch (error) {
      // Who lost the lease has nothing left to say: the work went on elsewhere.
      if (error instanceof LeaseLost) return;
      if (!isAway(error) || attempt === TRIES) throw error;
      await wait(SECOND);
    }
  }
}
