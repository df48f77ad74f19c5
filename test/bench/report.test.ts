import { describe, expect, test } from 'vitest';
import { rowOf, toJson } from '../../bench/report.ts';
import { alternate, type Result, ratioOf } from '../../bench/rounds.ts';

const result = (changes: Partial<Result> = {}): Result => ({
  bench: 'a-bench',
  ratio: 0.71234,
  of: 'a peer',
  floor: 0.5,
  aim: 0.8,
  detail: '3 ms',
  ...changes,
});

describe('results of benches', () => {
  test('are written as a list of the six members that are promised', () => {
    expect(JSON.parse(toJson([result({ aim: null })]))).toEqual([
      { bench: 'a-bench', ratio: 0.712, of: 'a peer', floor: 0.5, aim: null, detail: '3 ms' },
    ]);
  });

  test.each([
    [0.4, 'below floor'],
    [0.9, 'aim reached'],
  ])('a ratio of %s is told as %s', (ratio, verdict) => {
    expect(rowOf(result({ ratio }))).toContain(verdict);
  });

  test('a ratio between floor and aim is told without a verdict', () => {
    expect(rowOf(result())).toMatch(/^a-bench +0\.71 +0\.5 +0\.8 +3 ms \(1 = a peer\)$/);
  });
});

describe('a comparison', () => {
  test('takes turns, changes who begins, and leaves its first round out', async () => {
    const turns: string[] = [];
    const side = (name: string) => async () => turns.push(name);

    const taken = await alternate(2, side('peer'), side('ours'));

    expect(turns).toEqual(['peer', 'ours', 'ours', 'peer', 'peer', 'ours']);
    expect(taken).toEqual({ peer: [4, 5], ours: [3, 6] });
  });

  test('above 1 is better: less time, or more answers', () => {
    const taken = { peer: [10, 20, 30], ours: [20, 20, 20] };

    expect(ratioOf(taken, 'small')).toBe(1);
    expect(ratioOf(taken, 'large')).toBe(1);
    expect(ratioOf({ peer: [10], ours: [20] }, 'small')).toBe(0.5);
    expect(ratioOf({ peer: [10], ours: [20] }, 'large')).toBe(2);
  });
});
