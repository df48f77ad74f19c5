import { expect, test } from 'vitest';
import { domainOf, parseAddress } from '../../../lib/mail/address.ts';
import { oneLine } from '../../../lib/mail/one-line.ts';
import { count, duration, instant } from '../../../lib/mail/words.ts';

test.each([
  [0, '0 ms'],
  [999, '999 ms'],
  [12_340, '12.3 s'],
  [61_000, '1 min 1 s'],
  [3_600_000, '1 h'],
  [93_600_000, '1 d 2 h'],
])('%d ms read as %s', (ms, words) => {
  expect(duration(ms)).toBe(words);
});

test('instants name their zone', () => {
  const at = new Date('2026-07-01T12:00:00Z');

  expect(instant(at, 'UTC')).toBe('1 Jul 2026, 12:00 UTC');
  expect(instant(at, 'Asia/Tokyo')).toBe('1 Jul 2026, 21:00 GMT+9');
});

test('one is singular', () => {
  expect([count(1, 'slot'), count(2000, 'slot')]).toEqual(['1 slot', '2,000 slots']);
});

test.each([
  ['a@b.example', { name: '', address: 'a@b.example' }],
  ['  KubeScribe <a@b.example> ', { name: 'KubeScribe', address: 'a@b.example' }],
  ['"The Bot" <a@localhost>', { name: 'The Bot', address: 'a@localhost' }],
  ['nobody', undefined],
  ['a@b.example, c@d.example', undefined],
  ['a@b.example\r\nBcc: x@y.example', undefined],
  ['x <a@b.example> <c@d.example>', undefined],
  ['"a b"@c.example', undefined],
])('the address in %j', (text, address) => {
  expect(parseAddress(text)).toEqual(address);
});

test('Message-IDs carry the domain of the sender', () => {
  expect([domainOf('K <a@b.example>'), domainOf('broken')]).toEqual(['b.example', 'localhost']);
});

test('one line stays one line, well formed and short', () => {
  expect(oneLine('a\r\n\tb\u0000\u2028c\u202ed')).toBe('a b c d');
  expect(oneLine('abcdef', 4)).toBe('abc…');
  expect(oneLine(`ab${'😀'.repeat(3)}`, 4).isWellFormed()).toBe(true);
});
