/** Hashes of provable bytes: what the database calls equal has the same hash, however it is written. */
import type { ColumnType } from './spec.ts';

/** Goes on from a hash over the bytes from `at` up to `end`. */
export type KeyHash = (hash: number, bytes: Uint8Array, at: number, end: number) => number;

const [PLUS, MINUS, POINT, COLON, ZERO, NINE, Z] = [0x2b, 0x2d, 0x2e, 0x3a, 0x30, 0x39, 0x5a];
const PRIME = 16777619;
const SECONDS_PER_DAY = 86_400;

/** What a hash begins with. */
export const FIRST_HASH = 0x811c9dc5;

const mix = (hash: number, value: number) => Math.imul(hash ^ value, PRIME);

const ofBytes: KeyHash = (hash, bytes, at, end) => {
  let sum = hash;
  for (let i = at; i < end; i++) sum = mix(sum, bytes[i]!);
  return mix(sum, 0x100);
};

/** Digits without those that say nothing: zeros before and, behind the point, after. */
const ofNumber: KeyHash = (hash, bytes, at, end) => {
  const signed = bytes[at] === MINUS || bytes[at] === PLUS;
  let first = signed ? at + 1 : at;
  let point = first;
  while (point < end && bytes[point] !== POINT) point++;
  let last = end;
  if (point < end) {
    while (bytes[last - 1] === ZERO) last--;
    if (last - 1 === point) last = point;
  }
  while (first < point && bytes[first] === ZERO) first++;
  const sum = first < last && bytes[at] === MINUS ? mix(hash, MINUS) : hash;
  return ofBytes(sum, bytes, first, last);
};

const digits = (bytes: Uint8Array, at: number, end: number) => {
  let value = 0;
  for (let i = at; i < end; i++) value = value * 10 + (bytes[i]! - ZERO);
  return value;
};

/** The instant as a count of seconds, and its fraction: zones may differ. */
const ofInstant: KeyHash = (hash, bytes, at, end) => {
  const days = daysOf(
    digits(bytes, at, at + 4),
    digits(bytes, at + 5, at + 7),
    digits(bytes, at + 8, at + 10),
  );
  const hours = digits(bytes, at + 11, at + 13) * 60 + digits(bytes, at + 14, at + 16);
  let seconds = days * SECONDS_PER_DAY + hours * 60 + digits(bytes, at + 17, at + 19);
  let next = at + 19;
  let fraction = 0;
  if (bytes[next] === POINT) {
    let unit = 100_000;
    for (next++; next < end && bytes[next]! >= ZERO && bytes[next]! <= NINE; next++, unit /= 10)
      fraction += (bytes[next]! - ZERO) * unit;
  }
  if (next < end && bytes[next] !== Z) {
    const minutes = bytes[next + 3] === COLON ? digits(bytes, next + 4, next + 6) : 0;
    const offset = (digits(bytes, next + 1, next + 3) * 60 + minutes) * 60;
    seconds += bytes[next] === MINUS ? offset : -offset;
  }
  return mix(mix(mix(hash, seconds | 0), Math.floor(seconds / 2 ** 32)), fraction);
};

/** Days from a day of long ago, by the calendar of the Gregorians for all years. */
function daysOf(year: number, month: number, day: number): number {
  const y = month > 2 ? year : year - 1;
  const century = Math.floor(y / 100);
  const dayOfYear = Math.floor((153 * ((month + 9) % 12) + 2) / 5) + day;
  return 365 * y + Math.floor(y / 4) - century + Math.floor(century / 4) + dayOfYear;
}

/** By type of column. */
export const keyHash: Record<ColumnType, KeyHash> = {
  text: ofBytes,
  bigint: ofNumber,
  numeric: ofNumber,
  boolean: (hash, bytes, at) => mix(hash, bytes[at]!),
  date: ofBytes,
  timestamptz: ofInstant,
};
