import { expect, test } from 'vitest';
import { inLine } from '../../../lib/http/in-line.ts';

test('sixteen are at it at once, the others follow in the order of coming, whatever fails', async () => {
  const owner = {};
  const begun: number[] = [];
  const ends: (() => void)[] = [];
  const works = Array.from({ length: 20 }, (_, i) =>
    inLine(owner, async () => {
      begun.push(i);
      await new Promise<void>((resolve) => ends.push(resolve));
      if (i === 0) throw new Error('it broke');
      return i;
    }),
  );
  const settled = Promise.allSettled(works);
  expect(begun).toHaveLength(16);

  for (let i = 0; i < 20; i++) {
    ends[i]?.();
    await Promise.race(works.slice(i, i + 1)).catch(() => {});
  }

  expect(begun).toEqual(Array.from({ length: 20 }, (_, i) => i));
  expect((await settled).map(({ status }) => status)).toEqual(['rejected', ...Array(19).fill('fulfilled')]);
});

test('each owner has a line of its own', async () => {
  const never = new Promise<never>(() => {});
  for (let i = 0; i < 16; i++) void inLine(never, () => never);

  expect(await inLine({}, async () => 'done')).toBe('done');
});
