/**
 * Bytes that are, beyond doubt, a value of a type as COPY writes it: the database reads them without an error. Doubt
 * means no; what is doubted is judged by the database itself.
 */

/** Whether the bytes from `at` up to `end` are such a value. */
export type Provable = (bytes: Uint8Array, at: number, end: number) => boolean;

const [PLUS, MINUS, POINT, COLON, BLANK] = [0x2b, 0x2d, 0x2e, 0x3a, 0x20];
const [ZERO, NINE] = [0x30, 0x39];
const [T, Z, BACKSLASH, N] = [0x54, 0x5a, 0x5c, 0x4e];
/** So many digits are below every limit of an integer of 64 bits. */
const BIGINT_DIGITS = 18;
/** Far below the limits of a numeric. */
const NUMERIC_BYTES = 100;
const LONGEST_MONTH = [31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];
const FEBRUARY = 2;
/** PostgreSQL takes offsets below 16 hours. */
const LARGEST_OFFSET = 15;
const WORDS = new Set(['t', 'f', 'true', 'false']);

/** By type of column; text is whatever it is. */
export const provable = {
  text: () => true,
  bigint: (bytes, at, end) => {
    const first = afterSign(bytes, at, end);
    return end - first <= BIGINT_DIGITS && areDigits(bytes, first, end);
  },
  numeric: (bytes, at, end) => {
    if (end - at > NUMERIC_BYTES) return false;
    const first = afterSign(bytes, at, end);
    let point = first;
    while (point < end && bytes[point] !== POINT) point++;
    return areDigits(bytes, first, point) && (point === end || areDigits(bytes, point + 1, end));
  },
  boolean: (bytes, at, end) => end - at <= 5 && WORDS.has(String.fromCharCode(...bytes.subarray(at, end))),
  date: (bytes, at, end) => end - at === 10 && isDay(bytes, at),
  timestamptz: isInstant,
} satisfies Record<string, Provable>;

/** Whether it is the NULL of COPY. */
export const isNull: Provable = (bytes, at, end) =>
  end - at === 2 && bytes[at] === BACKSLASH && bytes[at + 1] === N;

/** Or the NULL of COPY. */
export const orNull =
  (check: Provable): Provable =>
  (bytes, at, end) =>
    isNull(bytes, at, end) || check(bytes, at, end);

function afterSign(bytes: Uint8Array, at: number, end: number): number {
  return at < end && (bytes[at] === MINUS || bytes[at] === PLUS) ? at + 1 : at;
}

function areDigits(bytes: Uint8Array, at: number, end: number): boolean {
  if (at >= end) return false;
  for (let i = at; i < end; i++) if (bytes[i]! < ZERO || bytes[i]! > NINE) return false;
  return true;
}

/** Two digits as a number; NaN when they are none. */
function pair(bytes: Uint8Array, at: number): number {
  const [tens, ones] = [bytes[at]! - ZERO, bytes[at + 1]! - ZERO];
  return tens >= 0 && tens <= 9 && ones >= 0 && ones <= 9 ? tens * 10 + ones : Number.NaN;
}

/** YYYY-MM-DD, a day that there was, in the years 1 to 9999. */
function isDay(bytes: Uint8Array, at: number): boolean {
  if (bytes[at + 4] !== MINUS || bytes[at + 7] !== MINUS) return false;
  const year = pair(bytes, at) * 100 + pair(bytes, at + 2);
  const month = pair(bytes, at + 5);
  const day = pair(bytes, at + 8);
  if (!(year >= 1 && month >= 1 && month <= 12 && day >= 1)) return false;
  const isLeap = year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0);
  return day <= (month === FEBRUARY && !isLeap ? 28 : LONGEST_MONTH[month - 1]!);
}

/** YYYY-MM-DD HH:MM:SS[.ffffff] with Z, ±HH, ±HH:MM or nothing behind it. */
function isInstant(bytes: Uint8Array, at: number, end: number): boolean {
  if (end - at < 19 || !isDay(bytes, at)) return false;
  if (bytes[at + 10] !== BLANK && bytes[at + 10] !== T) return false;
  if (bytes[at + 13] !== COLON || bytes[at + 16] !== COLON) return false;
  if (!(pair(bytes, at + 11) <= 23 && pair(bytes, at + 14) <= 59 && pair(bytes, at + 17) <= 59)) return false;
  let next = at + 19;
  if (bytes[next] === POINT && next < end) {
    const first = ++next;
    while (next < end && bytes[next]! >= ZERO && bytes[next]! <= NINE) next++;
    if (next === first || next - first > 6) return false;
  }
  return next === end || isOffset(bytes, next, end);
}

function isOffset(bytes: Uint8Array, at: number, end: number): boolean {
  if (bytes[at] === Z) return end - at === 1;
  if (bytes[at] !== PLUS && bytes[at] !== MINUS) return false;
  if (!(end - at >= 3 && pair(bytes, at + 1) <= LARGEST_OFFSET)) return false;
  return end - at === 3 || (end - at === 6 && bytes[at + 3] === COLON && pair(bytes, at + 4) <= 59);
}
