import { describe, expect, test } from 'vitest';
import { type DueSlot, judgeDueSlots, type MisfirePolicy } from '../../../lib/schedule/misfire.ts';

const MINUTE = 60_000;
const NOW = new Date('2026-01-01T12:00:00Z');
const ago = (minutes: number) => new Date(NOW.getTime() - minutes * MINUTE);

/** Slots of every ten minutes, this many minutes old each. */
const due = (...ages: number[]): DueSlot[] =>
  ages.map((age) => ({ slot: ago(age), deadline: ago(age - 10) }));
const policy = (more: Partial<MisfirePolicy>): MisfirePolicy => ({
  policy: 'last',
  maxSlots: 3,
  maxAge: 60 * MINUTE,
  ...more,
});
const asked = (slots: DueSlot[], misfire: MisfirePolicy) =>
  judgeDueSlots(slots, NOW, misfire)
    .filter((verdict) => verdict.ask)
    .map(({ slot }) => (NOW.getTime() - slot.getTime()) / MINUTE);

describe('of what is due is asked for', () => {
  test.each<[string, number[], Partial<MisfirePolicy>, number[]]>([
    ['none: what is on time', [0], { policy: 'none' }, [0]],
    ['none: what is a minute late', [1], { policy: 'none' }, [1]],
    ['none: nothing older', [1.01], { policy: 'none' }, []],
    ['none: a slot that is early', [-0.03], { policy: 'none' }, [-0.03]],
    ['none: only the last of many', [30, 20, 10, 0], { policy: 'none' }, [0]],
    ['last: what is late before its deadline', [9], {}, [9]],
    ['last: nothing after its deadline', [10], {}, []],
    ['last: the last of many', [29, 19, 9], {}, [9]],
    ['last: none of many when the last is over too', [30, 20, 10], {}, []],
    ['last: what is on time', [30, 20, 10, 0], {}, [0]],
    ['all: every one', [30, 20, 10], { policy: 'all' }, [30, 20, 10]],
    ['all: no more than the newest few', [50, 40, 30, 20, 10], { policy: 'all' }, [30, 20, 10]],
    ['all: none that is too old', [61, 60], { policy: 'all' }, [60]],
    ['nothing due', [], { policy: 'all' }, []],
  ])('%s', (_case, ages, misfire, expected) => {
    expect(asked(due(...ages), policy(misfire))).toEqual(expected);
  });
});

test('slots that are judged another time count as newer ones', () => {
  const verdicts = judgeDueSlots(due(30, 20, 10), NOW, policy({ policy: 'all' }), 2);

  expect(verdicts.map(({ ask }) => ask)).toEqual([false, false, true]);
});

describe('a verdict', () => {
  test('keeps every slot, in order, and says why one is not asked for', () => {
    const verdicts = judgeDueSlots(due(20, 10, 0), NOW, policy({}));

    expect(verdicts.map(({ slot }) => slot)).toEqual([ago(20), ago(10), ago(0)]);
    expect(verdicts.map(({ why }) => why)).toEqual([
      'no tick came before the next slot (misfire: last)',
      'no tick came before the next slot (misfire: last)',
      undefined,
    ]);
  });

  test('gives slots of the past time to run under "all", and no other', () => {
    const deadlines = (misfire: Partial<MisfirePolicy>) =>
      judgeDueSlots(due(20, 0), NOW, policy(misfire)).map(({ deadline }) => deadline);

    expect(deadlines({ policy: 'all' })).toEqual([new Date(NOW.getTime() + 60 * MINUTE), ago(-10)]);
    expect(deadlines({ policy: 'last' })).toEqual([ago(10), ago(-10)]);
  });

  test('keeps a declared deadline, also under "all": what has passed it is missed, what has not may wait until it', () => {
    const declared = due(30, 20).map((slot, i) => ({
      ...slot,
      deadline: ago(i === 0 ? 5 : -5),
      declared: true,
    }));

    expect(judgeDueSlots(declared, NOW, policy({ policy: 'all' }))).toMatchObject([
      { ask: false, why: 'no tick came before its deadline, 1500 s after it' },
      { ask: true, deadline: ago(-5) },
    ]);
  });

  test.each([
    [{ policy: 'none' as const }, 'no tick came within 1 minute of it (misfire: none)'],
    [{ policy: 'all' as const, maxSlots: 0 }, 'more than 0 slots were due (misfire: all)'],
    [{ policy: 'all' as const, maxAge: 5 * MINUTE }, 'older than 5 minutes (misfire: all)'],
  ])('%o says "%s"', (misfire, why) => {
    expect(judgeDueSlots(due(10), NOW, policy(misfire))).toMatchObject([{ ask: false, why }]);
  });
});
