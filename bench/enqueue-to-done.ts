import type { LocalPostgres } from '../local/postgres.ts';
import type { Ground } from './ground.ts';
import { ours } from './queues/kubescribe.ts';
import { openThree } from './queues/open.ts';
import type { Queue } from './queues/queue.ts';
import { compareRates } from './queues/rates.ts';
import { median, type Result } from './rounds.ts';

const JOBS = 1000;
const ALONE = 50;

/** Jobs a second from the wish to its end, without work: asked for, admitted, claimed, ended. */
export async function enqueueToDone(ground: Ground): Promise<Result> {
  const server = await ground.server();
  const three = await openThree(server);
  try {
    const { ratio, rates } = await compareRates(three, JOBS, (queue) => queue.throughAll(JOBS));
    const alone = await eachAlone([three.ours, ...three.peers]);
    return {
      bench: 'enqueue-to-done',
      ratio,
      of: 'the faster of pg-boss send, fetch, complete and graphile-worker addJob, run, complete',
      floor: 0.5,
      aim: 1,
      detail: `${rates}, on one pipeline ${await onOnePipeline(server)}; one alone ${alone}`,
    };
  } finally {
    await three.close();
  }
}

async function eachAlone(queues: readonly Queue[]): Promise<string> {
  const said: string[] = [];
  for (const queue of queues) {
    await queue.oneByOne(ALONE);
    said.push(`${queue.name} ${median(await queue.oneByOne(ALONE)).toFixed(1)} ms`);
  }
  return said.join(', ');
}

/** Its row is locked by all who ask and end: they go one after the other. */
async function onOnePipeline(server: LocalPostgres): Promise<string> {
  const queue = ours(server.url('queue_ours'), 1);
  try {
    await queue.throughAll(JOBS);
    return `${Math.round((JOBS * 1000) / (await queue.throughAll(JOBS))).toLocaleString('en')}/s`;
  } finally {
    await queue.close();
  }
}
