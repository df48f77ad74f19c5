import { describe, expect, test } from 'vitest';
import { clockRule } from '../../../lib/schedule/clock-changes.ts';
import { nextSlot, type Schedule, slotsBetween } from '../../../lib/schedule/slots.ts';
import { offsetAt } from '../../../lib/schedule/zone.ts';
import { type Change, changesOf, type Rule, watch } from './oracle.ts';

const SECOND = 1000;
const HOUR = 3600 * SECOND;
const WEEK = 7 * 24 * HOUR;
const AROUND = 30 * HOUR;
const EDGE = 4 * HOUR;

const rules: Rule[] = (['skip', 'once'] as const).flatMap((gap) =>
  (['skip', 'once', 'both'] as const).map((overlap) => ({ gap, overlap })),
);

/** Patterns that a change of clocks may hit. */
function patternsFor({ from, to }: Change): string[] {
  const [first, last] = [new Date(Math.min(from, to)), new Date(Math.max(from, to))];
  const middle = new Date((from + to) / 2);
  const time = (wall: Date) => `${wall.getUTCMinutes()} ${wall.getUTCHours()}`;
  const [day, month, weekday] = [middle.getUTCDate(), middle.getUTCMonth() + 1, middle.getUTCDay()];
  return [
    `${time(middle)} * * *`,
    `${time(first)} * * *`,
    `${time(last)} * * *`,
    `${middle.getUTCMinutes()} ${middle.getUTCHours()},${(middle.getUTCHours() + 12) % 24} * * *`,
    `1/2 ${middle.getUTCHours()} * * *`,
    '0 * * * *',
    '*/15 * * * *',
    '7-59/13 * * * *',
    '0 */6 * * *',
    '30 0-3,22-23 * * *',
    `${time(middle)} ${day} * *`,
    `${time(middle)} * * ${weekday}`,
    `${time(middle)} ${day} * ${(weekday + 3) % 7}`,
    `${time(middle)} ${day} ${month} *`,
    `*/20 * 1-31/2 * *`,
  ];
}

/** Whether each slot is the next one from a moment before it, which may lie behind the change. */
const isFound = (schedule: Schedule, slots: number[]) =>
  slots.every((slot) => nextSlot(schedule, new Date(slot - SECOND))?.getTime() === slot);

/** How the slots of ours differ from those of the clock, in words. */
function differences(change: Change): string[] {
  const [after, until] = [change.at - AROUND, change.at + AROUND];
  // More on both sides, so that what is repeated or left out at an edge is seen as such.
  const watched = watch(change.zone, after - EDGE, until + EDGE);
  const [daily, ...others] = patternsFor(change);
  return [daily, ...others].flatMap((cron = '') => {
    const judge = watched(cron);
    return rules.flatMap((rule) => {
      const expected = judge(rule).filter((slot) => slot > after && slot <= until);
      const schedule = { cron, timezone: change.zone, ...rule };
      const slots = slotsBetween(schedule, new Date(after), new Date(until)).map(Number);
      const same = slots.join() === expected.join() && (cron !== daily || isFound(schedule, expected));
      return same ? [] : [`${change.zone} ${cron} ${JSON.stringify(rule)}: ${slots} for ${expected}`];
    });
  });
}

/** Odder than the last years: half hours, days that never were, three hours. */
const past: [zone: string, from: number, until: number][] = [
  ['Pacific/Apia', 2011, 2013],
  ['Pacific/Kwajalein', 1993, 1994],
  ['Asia/Pyongyang', 2015, 2019],
  ['America/Caracas', 2007, 2017],
  ['Antarctica/Casey', 2009, 2021],
];

describe('around every change of clocks of five years', () => {
  const zones = Intl.supportedValuesOf('timeZone');
  const changes = zones.flatMap((zone) => changesOf(zone, Date.UTC(2022), Date.UTC(2027)));

  test('every zone is ahead of UTC by what its clock shows', () => {
    expect(zones.length).toBeGreaterThan(400);
    expect(changes.length).toBeGreaterThan(1000);
    for (const { zone, at, from, to } of changes) {
      expect([offsetAt(zone, at - 1), offsetAt(zone, at)], zone).toEqual([from - at, to - at]);
    }
  });

  test('slots are those of an oracle that watches the clock', { timeout: 180 * SECOND }, () => {
    const odd = past.flatMap(([zone, from, until]) => changesOf(zone, Date.UTC(from), Date.UTC(until)));
    // Changes between the same offsets at the same local time of a week differ by nothing that slots are made of.
    const shape = ({ at, from, to }: Change) => [from - at, to - at, from % WEEK].join();
    const shapes = new Map([...odd, ...changes].map((change) => [shape(change), change]));

    expect(odd.length).toBeGreaterThan(past.length);
    expect([...shapes.values()].flatMap(differences)).toEqual([]);
  });
});

describe('where nothing is declared', () => {
  test.each([
    ['30 2 * * *', 'once', 'once'],
    ['*/20 2 * * *', 'once', 'once'],
    ['30 1-3 * * *', 'once', 'once'],
    ['0 0,12 * * *', 'once', 'once'],
    ['*/15 8-18 * * *', 'once', 'once'],
    ['0 20/2 * * *', 'once', 'once'],
    ['0 */24 * * *', 'once', 'once'],
    ['@daily', 'once', 'once'],
    ['@hourly', 'skip', 'both'],
    ['*/5 * * * *', 'skip', 'both'],
    ['30 ? * * *', 'skip', 'both'],
    ['0 */6 * * *', 'skip', 'both'],
    ['0 1/2 * * *', 'skip', 'both'],
    ['0 0-23/3 * * 1', 'skip', 'both'],
  ])('the slots of %s are %s in a gap, %s in an overlap', (cron, gap, overlap) => {
    expect(clockRule({ cron, timezone: 'UTC' })).toEqual({ gap, overlap });
  });

  test('what is declared stands, and the rest is filled in', () => {
    expect(clockRule({ cron: '0 * * * *', timezone: 'UTC', gap: 'once' })).toEqual({
      gap: 'once',
      overlap: 'both',
    });
  });
});

/** The slots of 29 March and 25 October 2026 in Berlin, as UTC's clock shows them. */
const inBerlin = (schedule: Partial<Schedule>, date: string) =>
  slotsBetween(
    { cron: '30 2 * * *', timezone: 'Europe/Berlin', ...schedule },
    new Date(`${date}T00:00:00Z`),
    new Date(`${date}T12:00:00Z`),
  ).map((slot) => slot.toISOString().slice(11, 16));

test.each<[Partial<Schedule>, spring: string[], autumn: string[]]>([
  [{ gap: 'skip', overlap: 'skip' }, [], []],
  [{ gap: 'once', overlap: 'once' }, ['01:30'], ['00:30']],
  [{ overlap: 'both' }, ['01:30'], ['00:30', '01:30']],
  [{ cron: '*/30 2-3 * * *' }, ['01:00', '01:30'], ['00:30', '02:00', '02:30']],
])('half past two in Berlin, %o: %o in spring, %o in autumn', (schedule, spring, autumn) => {
  expect(inBerlin(schedule, '2026-03-29')).toEqual(spring);
  expect(inBerlin(schedule, '2026-10-25')).toEqual(autumn);
});
