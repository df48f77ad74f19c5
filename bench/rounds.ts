/** One comparison: a ratio above 1 means that ours does better. */
export type Result = {
  bench: string;
  ratio: number;
  of: string;
  floor: number | null;
  aim: number | null;
  detail: string;
};

export const median = (values: readonly number[]): number =>
  values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;

/**
 * Takes turns: the peer, ours, the peer, ours, … after one round that does not count. Each round gives one ratio, so that
 * what else the machine does falls on both.
 */
export async function alternate(
  rounds: number,
  peer: () => Promise<number>,
  ours: () => Promise<number>,
): Promise<{ peer: number[]; ours: number[] }> {
  const taken = { peer: [] as number[], ours: [] as number[] };
  for (let round = 0; round <= rounds; round++) {
    // Whoever comes second finds the machine as the first left it: they change places.
    const [first, second] = round % 2 === 0 ? [peer, ours] : [ours, peer];
    const a = await first();
    const b = await second();
    if (round === 0) continue;
    taken.peer.push(first === peer ? a : b);
    taken.ours.push(first === peer ? b : a);
  }
  return taken;
}

/** The median of the rounds' ratios, for what is better when small (times) or large (throughput). */
export function ratioOf(taken: { peer: number[]; ours: number[] }, better: 'small' | 'large'): number {
  const ratios = taken.ours.map((value, round) => {
    const other = taken.peer[round] ?? Number.NaN;
    return better === 'small' ? other / value : value / other;
  });
  return median(ratios);
}
