import fc from 'fast-check';
import { expect, test } from 'vitest';
import { nextSlot, type Schedule, slotsBetween } from '../../../lib/schedule/slots.ts';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** Zones and the instants of changes of their clocks. */
const changes: [zone: string, at: string][] = [
  ['Europe/Berlin', '2026-03-29T01:00Z'],
  ['Europe/Berlin', '2026-10-25T01:00Z'],
  ['America/Havana', '2026-03-08T05:00Z'],
  ['America/Havana', '2026-11-01T05:00Z'],
  ['America/Scoresbysund', '2026-03-29T01:00Z'],
  ['Australia/Lord_Howe', '2026-04-04T15:00Z'],
  ['Australia/Lord_Howe', '2026-10-03T15:30Z'],
  ['Antarctica/Troll', '2026-10-25T01:00Z'],
  ['Pacific/Apia', '2011-12-30T10:00Z'],
  ['UTC', '2026-03-29T01:00Z'],
];

const minute = fc.oneof(fc.nat(59).map(String), fc.constantFrom('*', '*/15', '7-59/13', '0,30'));
const hour = fc.oneof(fc.nat(23).map(String), fc.constantFrom('*', '*/2', '1-3', '0-23/5', '0,12'));
const day = fc.constantFrom('* * *', '* * *', '29 * *', '* * 0', '1 * 0', '25-31 * *');
const range = fc
  .record({
    change: fc.constantFrom(...changes),
    minute,
    hour,
    day,
    gap: fc.constantFrom(undefined, 'skip' as const, 'once' as const),
    overlap: fc.constantFrom(undefined, 'skip' as const, 'once' as const, 'both' as const),
    before: fc.integer({ min: 0, max: 3 * DAY }),
    length: fc.integer({ min: 0, max: 5 * DAY }),
  })
  .map(({ change: [timezone, at], before, length, ...of }) => {
    const schedule: Schedule = { cron: `${of.minute} ${of.hour} ${of.day}`, timezone, ...of };
    const after = new Date(Date.parse(at) - before);
    return { schedule, after, until: new Date(after.getTime() + length) };
  });

type Range = { schedule: Schedule; after: Date; until: Date };
const ALL = Number.POSITIVE_INFINITY;
const holds = <T>(ranges: fc.Arbitrary<T>, check: (one: T) => void, numRuns = 300) =>
  fc.assert(fc.property(ranges, check), { numRuns });

test('slots are in order, each once, within their range', () => {
  holds(range, ({ schedule, after, until }) => {
    const slots = slotsBetween(schedule, after, until, ALL);

    expect(slots).toEqual([...new Set(slots.map(Number))].sort((a, b) => a - b).map((at) => new Date(at)));
    for (const slot of slots) expect(slot > after && slot <= until).toBe(true);
  });
});

test('the slots of a range are those of its parts, wherever it is cut', () => {
  holds(fc.tuple(range, fc.double({ min: 0, max: 1, noNaN: true })), ([{ schedule, after, until }, at]) => {
    const cut = new Date(after.getTime() + Math.floor(at * (until.getTime() - after.getTime())));

    expect([...slotsBetween(schedule, after, cut, ALL), ...slotsBetween(schedule, cut, until, ALL)]).toEqual(
      slotsBetween(schedule, after, until, ALL),
    );
  });
});

test('a limit takes the oldest, and going on from the last of them leaves none out', () => {
  holds(fc.tuple(range, fc.integer({ min: 1, max: 40 })), ([{ schedule, after, until }, limit]) => {
    const whole = slotsBetween(schedule, after, until, ALL);
    const first = slotsBetween(schedule, after, until, limit);

    expect(first).toEqual(whole.slice(0, limit));
    expect(slotsBetween(schedule, first.at(-1) ?? after, until, ALL)).toEqual(whole.slice(limit));
  });
});

test('the next slot is the first of those that follow', () => {
  holds(range, ({ schedule, after }) => {
    const next = nextSlot(schedule, after);
    const until = new Date(next ?? after.getTime() + 5 * DAY);

    expect(slotsBetween(schedule, after, until, 2)).toEqual(next ? [next] : []);
  });
});

test('a schedule of every minute has every minute, whatever the clocks do', () => {
  const minutes = (until: Date) => Math.floor(until.getTime() / MINUTE);
  const check = ({ schedule: { timezone }, after, until }: Range) => {
    const slots = slotsBetween({ cron: '* * * * *', timezone }, after, until, ALL);

    expect(slots).toHaveLength(minutes(until) - minutes(after));
  };

  holds(range, check, 20);
});
