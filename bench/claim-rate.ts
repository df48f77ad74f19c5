import type { Ground } from './ground.ts';
import { openThree } from './queues/open.ts';
import { WORKERS } from './queues/queue.ts';
import { compareRates } from './queues/rates.ts';
import type { Result } from './rounds.ts';

const JOBS = 1500;

/** Claims a second out of a filled backlog, one at a time on each of some workers. */
export async function claimRate(ground: Ground): Promise<Result> {
  const three = await openThree(await ground.server());
  try {
    const { ratio, rates } = await compareRates(three, JOBS, (queue) => queue.takeBacklog(JOBS));
    return {
      bench: 'claim-rate',
      ratio,
      of: 'the faster of pg-boss fetch and graphile-worker getJob, one at a time',
      floor: 0.5,
      aim: 1,
      detail: `${rates}, ${WORKERS} workers, each claim a synchronous commit`,
    };
  } finally {
    await three.close();
  }
}
