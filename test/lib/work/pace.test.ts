import { expect, test } from 'vitest';
import { paceOf } from '../../../lib/work/pace.ts';

test('a pace is that of what was done since the slice began to tell, and says what is left where that is known', () => {
  let now = 0;
  const pace = paceOf(() => now);
  expect(pace(1000, 5000)).toEqual({ done: 1000, of: 5000 });
  now = 2000;
  expect(pace(2000, 5000)).toEqual({ done: 2000, of: 5000, rate: 500, left_s: 6 });
  now = 4000;
  expect(pace(5000, 4900)).toEqual({ done: 5000, of: 4900, rate: 1000, left_s: 0 });
  expect(pace(5000)).toEqual({ done: 5000, rate: 1000 });
});

test('what was done at once has no rate yet', () => {
  const pace = paceOf(() => 0);
  expect([pace(0), pace(100, 200)]).toEqual([{ done: 0 }, { done: 100, of: 200 }]);
});
