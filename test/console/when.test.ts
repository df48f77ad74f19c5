import { expect, test } from 'vitest';
import { ago, clockTime, duration, until } from '../../console/when.ts';

const now = new Date('2026-03-01T14:05:30Z');
const SECOND = 1000;
const later = (seconds: number) => new Date(now.getTime() + seconds * SECOND);

test.each([
  ['2026-03-01T00:01:00Z', '00:01'],
  ['2026-02-28T23:59:59Z', '28 Feb 23:59'],
  ['2025-12-31T10:00:00Z', '31 Dec 2025 10:00'],
])('%s is written %s', (at, words) => {
  expect(clockTime(new Date(at), now)).toBe(words);
});

test.each([
  [0, 'just now'],
  [-42, '42 s ago'],
  [-185, '3 min ago'],
  [-3 * 3600, '3 h ago'],
  [-3 * 86400, '3 d ago'],
])('%d s from now was %s', (seconds, words) => {
  expect(ago(later(seconds), now)).toBe(words);
});

test.each([
  [0, 'now'],
  [90, 'in 1 min'],
  [5 * 3600, 'in 5 h'],
])('%d s from now is %s', (seconds, words) => {
  expect(until(later(seconds), now)).toBe(words);
});

test.each([
  [842, '842 ms'],
  [59_990, '59.9 s'],
  [184_000, '3 min 04 s'],
  [7_500_000, '2 h 05 min'],
  [-5, '0 ms'],
])('%d ms last %s', (ms, words) => {
  expect(duration(ms)).toBe(words);
});
