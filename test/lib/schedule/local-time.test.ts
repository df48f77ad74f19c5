import { expect, test } from 'vitest';
import { localTime, readLocal } from '../../../lib/schedule/local-time.ts';

const ZONES = [
  'Europe/Berlin',
  'America/St_Johns',
  'Australia/Lord_Howe',
  'Asia/Kathmandu',
  'Pacific/Apia',
  'UTC',
];
const HOUR = 3_600_000;

test.for(ZONES)('what the clock of %s shows is read back as the instants that show it', (zone) => {
  const first = Date.UTC(2026, 0, 1);
  for (let at = first; at < first + 366 * 24 * HOUR; at += 6.5 * HOUR) {
    const local = localTime(new Date(at), zone);

    expect(new Date(local).getTime()).toBe(at);
    expect(readLocal(local.slice(0, 19), zone).instants.map(Number)).toContain(at);
  }
});

test('a time that was left out has the instant as much later, and what the clocks did', () => {
  expect(readLocal('2026-03-29T02:30:00', 'Europe/Berlin')).toEqual({
    instants: [],
    leftOut: { shifted: new Date('2026-03-29T01:30:00Z'), from: '02:00', to: '03:00' },
  });
  expect(readLocal('2026-10-04T02:10:00', 'Australia/Lord_Howe').leftOut).toMatchObject({
    from: '02:00',
    to: '02:30',
  });
  expect(readLocal('2011-12-30T12:00:00', 'Pacific/Apia').instants).toEqual([]);
});

test('a time that came twice has two instants, the first one first', () => {
  expect(readLocal('2026-10-25T02:30:00', 'Europe/Berlin').instants).toEqual([
    new Date('2026-10-25T00:30:00Z'),
    new Date('2026-10-25T01:30:00Z'),
  ]);
});
