/** Chance that can be had again: the same seed gives the same numbers. */
export type Chance = {
  /** A whole number in [from, to]. */
  between(from: number, to: number): number;
  /** True once in so many times. */
  oneIn(times: number): boolean;
  pick<T>(of: readonly T[]): T;
};

/** Mulberry32, small and good enough to kill processes by. */
export function chance(seed: number): Chance {
  let state = seed >>> 0;
  const next = () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), state | 1);
    t = (t + Math.imul(t ^ (t >>> 7), t | 61)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
  const between = (from: number, to: number) => from + Math.floor(next() * (to - from + 1));
  return {
    between,
    oneIn: (times) => between(1, times) === 1,
    pick: (of) => of[between(0, of.length - 1)]!,
  };
}
