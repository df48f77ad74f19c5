import { median } from '../rounds.ts';
import type { Three } from './open.ts';
import type { Queue } from './queue.ts';

const ROUNDS = 5;

/** Takes turns, a round that does not count first; each round gives the ratio of ours to the faster of its peers. */
export async function compareRates(
  { ours, peers }: Three,
  jobs: number,
  measure: (queue: Queue) => Promise<number>,
): Promise<{ ratio: number; rates: string }> {
  const queues = [ours, ...peers];
  const taken = new Map(queues.map((queue) => [queue, [] as number[]]));
  const ratios: number[] = [];
  for (let round = 0; round <= ROUNDS; round++) {
    // Whoever comes later finds the machine as the others left it: they change places.
    const turns = [...queues.slice(round % queues.length), ...queues.slice(0, round % queues.length)];
    const rates = new Map<Queue, number>();
    for (const queue of turns) rates.set(queue, (jobs * 1000) / (await measure(queue)));
    if (round === 0) continue;
    for (const [queue, rate] of rates) taken.get(queue)?.push(rate);
    ratios.push((rates.get(ours) ?? 0) / Math.max(...peers.map((peer) => rates.get(peer) ?? 0)));
  }
  const said = queues.map(
    (queue) => `${queue.name} ${Math.round(median(taken.get(queue) ?? [])).toLocaleString('en')}/s`,
  );
  return { ratio: median(ratios), rates: said.join(', ') };
}
