/** What the bytes of a column prove: that they are of its type, and that they keep those of its rules that bytes can prove. */
import { isNull, orNull, type Provable, provable } from './provable.ts';
import type { Column, IngestSpec } from './spec.ts';

const [MINUS, PLUS, POINT, ZERO] = [0x2d, 0x2b, 0x2e, 0x30];
/** Numbers of so many digits are in the same order as the nearest numbers of JavaScript. */
const DIGITS = 15;
const NUMBER = /^[+-]?\d+(\.\d+)?$/;

type Proof = { holds: Provable /** Names of the rules that need not be asked any more. */; rules: string[] };

/** The proof of each column, by name. */
export const proofsOf = (spec: IngestSpec): Record<string, Proof> =>
  Object.fromEntries(
    Object.entries(spec.columns).map(([name, column]) => [
      name,
      proofOf(name, column, spec.key.includes(name)),
    ]),
  );

function proofOf(name: string, column: Column, isKey: boolean): Proof {
  const { type, min, max, whole, required } = column;
  const parts: Provable[] = [provable[type]];
  const rules: string[] = [];
  const isNumber = type === 'numeric' || type === 'bigint';
  const bounds = [min, max].filter((bound) => bound !== undefined).map(String);
  if (isNumber && bounds.length > 0 && bounds.every((bound) => NUMBER.test(bound))) {
    parts.push(liesBetween(min, max));
    rules.push(`range.${name}`);
  }
  if (whole) {
    parts.push(isWhole);
    rules.push(`fractional.${name}`);
  }
  const holds = parts.length === 1 ? parts[0]! : all(parts);
  if (!required && !isKey) return { holds: orNull(holds), rules };
  rules.push(`null.${name}`);
  // Of text anything holds, also the two bytes of NULL.
  return { holds: type === 'text' ? isGiven : holds, rules };
}

const isGiven: Provable = (bytes, at, end) => !isNull(bytes, at, end);

const all =
  (parts: readonly Provable[]): Provable =>
  (bytes, at, end) => {
    for (const part of parts) if (!part(bytes, at, end)) return false;
    return true;
  };

/** Whether a number is in between for sure; at a bound of more digits than JavaScript has that is never sure. */
function liesBetween(min: number | string | undefined, max: number | string | undefined): Provable {
  const least = boundOf(min, -1);
  const most = boundOf(max, 1);
  return (bytes, at, end) => {
    const value = toNumber(bytes, at, end);
    return value >= least && value <= most;
  };
}

/** A bound that JavaScript cannot tell from its neighbours is moved inwards until it can. */
function boundOf(given: number | string | undefined, outwards: -1 | 1): number {
  if (given === undefined) return outwards * Number.POSITIVE_INFINITY;
  const text = String(given);
  const value = Number(text);
  const digits = text.replace(/\D/g, '').length;
  return digits <= DIGITS ? value : value - outwards * Math.abs(value) * 2 ** -50;
}

/** The number that provable digits say; none when they are too many. */
function toNumber(bytes: Uint8Array, at: number, end: number): number {
  if (end - at > DIGITS + 2) return Number.NaN;
  let value = 0;
  let scale = -1;
  const negative = bytes[at] === MINUS;
  let digits = 0;
  for (let i = negative || bytes[at] === PLUS ? at + 1 : at; i < end; i++) {
    if (bytes[i] === POINT) {
      scale = 0;
      continue;
    }
    value = value * 10 + (bytes[i]! - ZERO);
    digits++;
    if (scale >= 0) scale++;
  }
  if (digits > DIGITS) return Number.NaN;
  const size = scale > 0 ? value / 10 ** scale : value;
  return negative ? -size : size;
}

/** No point, or nothing but zeros behind it. */
const isWhole: Provable = (bytes, at, end) => {
  let i = at;
  while (i < end && bytes[i] !== POINT) i++;
  for (i++; i < end; i++) if (bytes[i] !== ZERO) return false;
  return true;
};
